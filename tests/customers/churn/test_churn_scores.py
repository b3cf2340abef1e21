"""Everybody's probability and reasons, as the bot will read them from the database."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import delete

from customers.churn.active import active, keep
from customers.churn.evaluation import evaluate
from customers.churn.explanation import effects, typical_of
from customers.churn.features import REASONS, features
from customers.churn.scoring import score_customers
from customers.churn.words import reason_words
from customers.errors import CustomersError
from customers.frame import customers_frame
from customers.generated.people import generate_customers
from db import churn_scores
from db.engine import Database
from db.shop_models import Customer
from tests.customers.churn.people import NOW, bring_in


@pytest.fixture
async def models(database: Database, trained, people, tmp_path: Path) -> Path:
    """The folder of the model that answers for the people, who are in the database."""
    await bring_in(database, people)
    async with database.session() as session:
        await keep(session, tmp_path / "models", trained, NOW)
    return tmp_path / "models"


async def test_everybody_is_scored_with_reasons_that_can_be_told(database, models, people) -> None:
    assert await score_customers(database, models) == len(people)
    async with database.reading() as session:
        page = await churn_scores.page(session, limit=1000)
    assert len(page) == len(people)
    likeliest = page[0][0]
    assert any(reason["effect"] > 0 for reason in likeliest.reasons)
    for score, _ in page:
        weights = [abs(reason["effect"]) for reason in score.reasons]
        assert weights == sorted(weights, reverse=True)
        assert {reason["reason"] for reason in score.reasons} <= set(REASONS)
        assert all(reason_words(reason, "ru") and reason_words(reason, "en") for reason in score.reasons)


async def test_a_customer_who_was_learnt_from_is_rated_by_models_that_had_not_seen_them(
    database, models, trained, people
) -> None:
    await score_customers(database, models)
    async with database.reading() as session:
        told = await churn_scores.probabilities(session)
    unseen = trained.comparison.unseen[trained.protocol["model"]].mean(axis=0)
    assert [told[number] for number in people.index] == pytest.approx(unseen.tolist())


async def test_a_new_customer_is_rated_by_the_model_itself(database, models, trained) -> None:
    new = generate_customers(30, seed=99)
    new = new.set_axis(new.index + 10**7).assign(dropped=pd.NA).astype({"dropped": "boolean"})
    await bring_in(database, new)
    await score_customers(database, models)
    async with database.reading() as session:
        told = await churn_scores.probabilities(session)
    by_the_model = trained.contents.model.predict_proba(features(new))[:, 1]
    assert [told[number] for number in new.index] == pytest.approx(by_the_model.tolist())


async def test_without_a_model_nobody_is_scored(database, people, tmp_path: Path) -> None:
    await bring_in(database, people.head(5))
    assert await score_customers(database, tmp_path / "models") is None


async def test_an_empty_shop_is_scored_without_complaint(database, models) -> None:
    async with database.session() as session:
        await session.execute(delete(Customer))
    assert await score_customers(database, models) == 0


async def test_a_model_whose_file_is_gone_is_refused_and_the_scores_stay(database, models, people) -> None:
    await score_customers(database, models)
    next(models.glob("*.skops")).unlink()
    with pytest.raises(CustomersError, match="cannot be read"):
        await score_customers(database, models)
    async with database.reading() as session:
        assert len(await churn_scores.probabilities(session)) == len(people)


async def test_the_frame_of_the_database_is_the_one_that_was_learnt_from(database, models, people) -> None:
    """Or nobody would be known again."""
    async with database.reading() as session:
        found = evaluate(await active(session, models), await customers_frame(session))
    assert found["learnt_from"] == found["n"] == len(people)
    assert 0.5 < found["roc_auc"] <= 1


async def test_an_evaluation_needs_both_outcomes(database, models, people) -> None:
    async with database.reading() as session:
        model = await active(session, models)
    with pytest.raises(CustomersError, match="nothing to measure by"):
        evaluate(model, people[people["dropped"]])


def test_effects_add_up_to_what_the_model_says(people) -> None:
    """For models without trees, too, which are explained by asking them."""
    from sklearn.linear_model import LogisticRegression

    from customers.churn.candidates import _calibrated, _scaled
    from customers.churn.features import labels
    from customers.churn.sameness import groups

    x = features(people)
    model = _calibrated(_scaled(LogisticRegression()), x, labels(people), groups(people))
    few = x.head(5)
    answers, average = (model.predict_proba(part)[:, 1] for part in (few, typical_of(x)))
    assert effects(model, few, typical_of(x)).sum(axis=1) == pytest.approx(answers - np.mean(average), abs=1e-6)
