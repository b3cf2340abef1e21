"""What the service tells of the online shop's customers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db import churn_scores, customers, trained_models
from db.churn_scores import NewScore
from db.engine import Database
from db.trained_models import NewModel
from tests.api.server import Served, served

CONFIG = """
customers:
  segments:
    - {key: leaving, names: {ru: Уходят, en: Leaving}, when: churn >= 0.7}
    - {key: nobody, names: {ru: Никто, en: Nobody}, when: profit > 1000}
  offers: []
"""


def customer(id: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": id,
        "dropped": None,
        "service": "standard",
        "may_notify": True,
        "marketing_6_months": 4.3,
        "marketing_current_month": 4.0,
        "days_registered": 608,
        "promo_share": 0.24,
        "favourite_category": "kids",
        "categories_per_visit": 3.0,
        "unpaid_products": 3,
        "service_errors": 4,
        "pages_per_visit": 8.0,
        "profit": 4.0,
        "synthetic": False,
        "revenue_before_previous": 4000.0,
        "revenue_previous": 5000.0,
        "revenue_current": 6000.0,
        "minutes_previous": 13.0,
        "minutes_current": 12.0,
        **changes,
    }


async def _imported(folder: Path, *rows: dict[str, Any]) -> None:
    database = Database(f"sqlite+aiosqlite:///{folder}/data/amiko.db")
    await database.upgrade()
    async with database.session() as session:
        await customers.save(session, rows, datetime.now(UTC))
    await database.close()


async def _scored(folder: Path, *scores: NewScore) -> None:
    database = Database(f"sqlite+aiosqlite:///{folder}/data/amiko.db")
    now = datetime.now(UTC)
    async with database.session() as session:
        number = await trained_models.record(session, NewModel("churn", "churn.skops", "0" * 64, {}, {}, now))
        await trained_models.activate(session, number, now)
        await churn_scores.replace(session, scores, number, now)
    await database.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Served]:
    """A shop with three customers whom no model has seen."""
    asyncio.run(_imported(tmp_path, customer(1), customer(2, profit=6.0), customer(3, revenue_current=3000.0)))
    with served(tmp_path, CONFIG) as api:
        yield api


def test_segments_are_told_beside_the_rest_and_follow_a_scoring(shop: Served, tmp_path: Path) -> None:
    before = shop.get("/segments").json()
    assert before["customers"] == 3
    assert before["synthetic"] is False
    assert [segment["inside"]["customers"] for segment in before["segments"]] == [0, 0]
    assert before["segments"][0]["at_risk_monthly"]["unscored"] == 0

    asyncio.run(_scored(tmp_path, NewScore(1, 0.8, []), NewScore(2, 0.9, []), NewScore(3, 0.1, [])))
    leaving, nobody = shop.get("/segments").json()["segments"]
    assert leaving["key"] == "leaving"
    assert leaving["names"] == {"ru": "Уходят", "en": "Leaving"}
    assert leaving["condition"] == "churn >= 0.7"
    assert leaving["share"] == pytest.approx(2 / 3)
    assert leaving["inside"] == {"customers": 2, "churn": pytest.approx(0.85), "revenue": 5000.0, "profit": 5.0}
    assert leaving["outside"] == {"customers": 1, "churn": pytest.approx(0.1), "revenue": 4000.0, "profit": 4.0}
    assert leaving["at_risk_monthly"] == {"revenue": pytest.approx(8500), "profit": pytest.approx(8.6), "unscored": 0}
    assert nobody["inside"] == {"customers": 0, "churn": None, "revenue": None, "profit": None}


def test_made_up_customers_are_called_synthetic(tmp_path: Path) -> None:
    asyncio.run(_imported(tmp_path, customer(1), customer(2, synthetic=True)))
    with served(tmp_path, CONFIG) as api:
        assert api.get("/segments").json()["synthetic"] is True


def test_without_customers_the_command_that_brings_them_is_named(tmp_path: Path) -> None:
    with served(tmp_path) as api:
        answer = api.get("/segments")
    assert answer.status_code == 503
    assert "amiko customers import DIR" in answer.json()["detail"]
