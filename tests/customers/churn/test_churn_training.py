"""A training: who competed, how honestly, and what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import brier_score_loss, roc_auc_score

from amiko.commands.customers.churn_training import _draw
from customers.churn.candidates import CANDIDATES, VOTE, _calibrated, folds
from customers.churn.features import features, labels
from customers.churn.sameness import groups
from customers.churn.training import train
from customers.drift import drift
from customers.errors import CustomersError
from tests.conftest import SHARED_DATA


def test_every_candidate_and_the_vote_stand_on_the_leaderboard_best_first(trained) -> None:
    places = trained.comparison.places
    assert {place.name for place in places} == {candidate.name for candidate in CANDIDATES} | {VOTE}
    assert [place.mean.roc_auc for place in places] == sorted((p.mean.roc_auc for p in places), reverse=True)
    assert trained.protocol["model"] == places[0].name


def test_the_winner_foresees_what_it_has_not_seen_and_its_probabilities_mean_what_they_say(trained, people) -> None:
    unseen = trained.comparison.unseen[trained.protocol["model"]][0]
    outcomes = labels(people)
    assert roc_auc_score(outcomes, unseen) > 0.7
    assert abs(unseen.mean() - outcomes.mean()) < 0.1
    assert brier_score_loss(outcomes, unseen) < brier_score_loss(outcomes, np.full(len(outcomes), outcomes.mean()))


def test_what_is_kept_for_the_database_is_json_and_says_that_the_shop_is_generated(trained, people) -> None:
    told = json.loads(json.dumps([trained.protocol, trained.figures]))
    assert told[0]["synthetic"] is True
    assert told[0]["customers"] == len(people)
    assert drift(told[0]["reference"], people)[0].psi == pytest.approx(0, abs=1e-9)


def test_the_same_customers_in_another_order_and_under_other_ids_are_the_same_data(trained, people) -> None:
    from customers.churn.training import fingerprint

    assert fingerprint(people.sample(frac=1, random_state=2).set_axis(range(len(people)))) == trained.fingerprint
    assert fingerprint(people.tail(200)) != trained.fingerprint


def test_too_few_customers_of_one_outcome_are_refused_with_their_number(people) -> None:
    few = pd.concat([people[people["dropped"]].head(7), people[~people["dropped"]]])
    with pytest.raises(CustomersError, match="there are 7"):
        train(few)


def test_an_empty_shop_is_refused(people) -> None:
    with pytest.raises(CustomersError, match="there are 0"):
        train(people.head(0))


def test_the_pictures_fit_a_telephone_and_the_leaderboard_a_table(trained, people, tmp_path: Path) -> None:
    _draw(trained, people, tmp_path)
    for name in ("shap.png", "leaderboard.png"):
        assert Image.open(tmp_path / name).size == (1080, 1350)
    board = pd.read_csv(tmp_path / "leaderboard.csv")
    assert board["model"].tolist() == [place.name for place in trained.comparison.places]


def test_extra_trees_reach_the_known_honest_level_on_the_real_customers() -> None:
    """The whole competition takes minutes; one kind with usual settings must not fall far below it."""
    from customers.frame import read_frame

    folder = SHARED_DATA / "churn"
    if not folder.is_dir():
        pytest.skip("the customers in ../shared/data/churn are not here")
    real = read_frame(folder)
    x, y, same = features(real), labels(real), groups(real)
    model = next(candidate.model for candidate in CANDIDATES if candidate.name == "extra trees")
    scores = [
        roc_auc_score(
            y[judge], _calibrated(model, x.iloc[learn], y[learn], same[learn]).predict_proba(x.iloc[judge])[:, 1]
        )
        for learn, judge in folds(y, same, 5, 1)
    ]
    assert np.mean(scores) > 0.9
