"""The commands: train once for real on a small generated shop, measure it on another, look at a customer, go back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app
from amiko.errors import AmikoError
from customers.churn.active import keep
from customers.churn.scoring import score_customers
from customers.churn.training import Trained
from customers.errors import CustomersError
from customers.generated.files import write_shop
from db.engine import Database
from tests.customers.churn.people import NOW, bring_in


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    return database_url


@pytest.fixture
def shop(url: str, trained: Trained, people, tmp_path: Path) -> str:
    """A database with scored customers and two models, the second of which answers."""

    async def fill(database: Database) -> None:
        await bring_in(database, people)
        for _ in range(2):
            async with database.session() as session:
                await keep(session, tmp_path / "models", trained, NOW)
        await score_customers(database, tmp_path / "models")

    with_database(url, fill)
    return url


def with_database(url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    async def connected() -> None:
        database = Database(url)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(connected())


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["customers", *arguments, "--db", url])


def test_training_tells_the_leaderboard_and_that_the_customers_are_generated(url, tmp_path: Path) -> None:
    write_shop(tmp_path / "shop", customers=120, sessions=20, seed=7)
    assert run(url, "import", str(tmp_path / "shop")).exit_code == 0
    trained = run(url, "train", "churn")
    assert trained.exit_code == 0, trained.output
    assert "SYNTHETIC" in trained.stdout
    assert "Not learnt from: id" in trained.stdout
    assert "on 60 splits of 75/25" in trained.stdout
    assert "120 customers are scored" in trained.stdout
    assert sorted(path.name for path in (tmp_path / "models" / "churn-1").iterdir()) == [
        "leaderboard.csv",
        "leaderboard.png",
        "shap.png",
    ]


def test_an_evaluation_reads_files_that_it_has_never_seen(shop, tmp_path: Path) -> None:
    write_shop(tmp_path / "new", customers=100, sessions=20, seed=8)
    told = run(shop, "evaluate", "churn", "--data", str(tmp_path / "new"), "--json")
    assert told.exit_code == 0, told.output
    figures = json.loads(told.stdout)
    assert figures["n"] == 100
    assert {"roc_auc", "pr_auc", "f1", "balanced_accuracy", "recall", "brier"} <= set(figures)
    assert figures["roc_auc"] > 0.6
    assert figures["synthetic"] is True


def test_an_evaluation_without_a_model_says_what_to_do(url, tmp_path: Path) -> None:
    told = run(url, "evaluate", "churn", "--data", str(tmp_path))
    assert isinstance(told.exception, CustomersError)
    assert "amiko customers train churn" in str(told.exception)


def test_a_customer_is_told_with_reasons(shop, people) -> None:
    told = run(shop, "churn", str(people.index[0])).stdout
    assert f"Customer {people.index[0]}: P(buys less) = " in told
    assert "or it:" in told or "gainst it:" in told
    assert told.startswith("SYNTHETIC")


def test_an_unknown_customer_is_refused_with_what_to_do(shop) -> None:
    told = run(shop, "churn", "5")
    assert isinstance(told.exception, AmikoError)
    assert "no customer has the number 5" in str(told.exception)


def test_rolling_back_returns_to_the_model_before_and_then_there_is_none(shop) -> None:
    assert "churn model 1, trained on 2026-11-22 03:30 UTC, answers again" in run(shop, "rollback", "churn").stdout
    again = run(shop, "rollback", "churn")
    assert isinstance(again.exception, AmikoError)
    assert "no churn model before" in str(again.exception)


def test_rolling_back_to_a_damaged_model_changes_nothing(shop, tmp_path: Path) -> None:
    for file in (tmp_path / "models").glob("*.skops"):
        file.write_bytes(b"damaged")
    refused = run(shop, "rollback", "churn")
    assert isinstance(refused.exception, CustomersError)

    async def still_the_second(database: Database) -> None:
        from db import trained_models

        async with database.reading() as session:
            row = await trained_models.active(session, "churn")
        assert row is not None
        assert row.id == 2

    with_database(shop, still_the_second)
