"""What the service tells of the online shop's customers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from db.churn_scores import NewScore
from tests.api.online_shop import customer, save_customers, score_customers
from tests.api.server import Place, Served, served

CONFIG = """
customers:
  segments:
    - {key: leaving, names: {ru: Уходят, en: Leaving}, when: churn >= 0.7}
    - {key: nobody, names: {ru: Никто, en: Nobody}, when: profit > 1000}
  offers: []
"""


@pytest.fixture
def shop(place: Place) -> Iterator[Served]:
    """A shop with three customers whom no model has seen."""
    asyncio.run(save_customers(place, customer(1), customer(2, profit=6.0), customer(3, revenue_current=3000.0)))
    with served(place, CONFIG) as api:
        yield api


@pytest.fixture(scope="module")
def refusing(shared_place: Place) -> Iterator[Served]:
    """A shop with one customer."""
    asyncio.run(save_customers(shared_place, customer(1)))
    with served(shared_place) as api:
        yield api


def test_segments_are_told_beside_the_rest_and_follow_a_scoring(shop: Served, place: Place) -> None:
    before = shop.get("/segments").json()
    assert before["customers"] == 3
    assert before["synthetic"] is False
    assert [segment["inside"]["customers"] for segment in before["segments"]] == [0, 0]
    assert before["segments"][0]["at_risk_monthly"]["unscored"] == 0

    asyncio.run(score_customers(place, NewScore(1, 0.8, []), NewScore(2, 0.9, []), NewScore(3, 0.1, [])))
    leaving, nobody = shop.get("/segments").json()["segments"]
    assert leaving["key"] == "leaving"
    assert leaving["names"] == {"ru": "Уходят", "en": "Leaving"}
    assert leaving["condition"] == "churn >= 0.7"
    assert leaving["share"] == pytest.approx(2 / 3)
    assert leaving["inside"] == {"customers": 2, "churn": pytest.approx(0.85), "revenue": 5000.0, "profit": 5.0}
    assert leaving["outside"] == {"customers": 1, "churn": pytest.approx(0.1), "revenue": 4000.0, "profit": 4.0}
    assert leaving["at_risk_monthly"] == {"revenue": pytest.approx(8500), "profit": pytest.approx(8.6), "unscored": 0}
    assert nobody["inside"] == {"customers": 0, "churn": None, "revenue": None, "profit": None}


def test_made_up_customers_are_called_synthetic(place: Place) -> None:
    asyncio.run(save_customers(place, customer(1), customer(2, synthetic=True)))
    with served(place, CONFIG) as api:
        assert api.get("/segments").json()["synthetic"] is True


def test_without_customers_the_command_that_brings_them_is_named(place: Place) -> None:
    with served(place) as api:
        answer = api.get("/segments")
    assert answer.status_code == 503
    assert "amiko customers import DIR" in answer.json()["detail"]


def test_a_customers_churn_comes_with_reasons_in_both_languages(shop: Served, place: Place) -> None:
    unscored = shop.get("/customers/1/churn")
    assert unscored.status_code == 503
    assert "amiko customers train churn" in unscored.json()["detail"]

    pro = {"reason": "promo_share", "effect": 0.4, "value": 0.9, "usual": 0.2}
    contra = {"reason": "minutes", "effect": -0.1, "value": 30.0, "usual": 12.0, "before": 13.0}
    asyncio.run(score_customers(place, NewScore(1, 0.8, [pro, contra]), NewScore(2, 0.2, [])))
    answer = shop.get("/customers/1/churn").json()
    assert (answer["customer"], answer["probability"], answer["at_risk"]) == (1, 0.8, True)
    assert [reason["speaks"] for reason in answer["reasons"]] == ["for", "against"]
    assert answer["reasons"][0]["en"] == "high promo share: 90 % of purchases, usually 20 %"
    assert answer["reasons"][0]["ru"].startswith("высокая доля акций")
    assert answer["synthetic"] is False
    assert shop.get("/customers/2/churn").json()["at_risk"] is False


@pytest.mark.parametrize(
    ("id", "status"), [("99", 404), ("0", 404), ("9" * 18, 404), ("9" * 19, 422), ("-1", 422), ("1e3", 422), ("٣", 422)]
)
def test_who_is_no_customer_is_refused_politely(refusing: Served, id: str, status: int) -> None:
    answer = refusing.get(f"/customers/{id}/churn")
    assert answer.status_code == status
    assert "detail" in answer.json()
