"""An online shop for the bot's tests: customers with scores, and sessions with a model."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from db import churn_scores, customers, shop_sessions, trained_models
from db.churn_scores import NewScore
from db.trained_models import NewModel

PROMO = {"reason": "promo_share", "effect": 0.4, "value": 0.9, "usual": 0.25}
VISITS = {"reason": "minutes", "effect": 0.2, "value": 10.0, "before": 12.0}
PAGES = {"reason": "pages", "effect": -0.1, "value": 12.0, "usual": 8.0}
DRAWN_WITHIN = 60.0  # seconds for a picture: its process begins by loading matplotlib, on a busy machine slowly
CAME = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def customer(number: int, **changes: Any) -> dict[str, Any]:
    """A customer who buys kitchenware."""
    return {
        "id": number,
        "dropped": None,
        "service": "standard",
        "may_notify": True,
        "marketing_6_months": 4.0,
        "marketing_current_month": 4.0,
        "days_registered": 500,
        "promo_share": 0.2,
        "favourite_category": "kitchen",
        "categories_per_visit": 3.0,
        "unpaid_products": 2,
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


async def imported(shop: Any, rows: Iterable[dict[str, Any]]) -> None:
    async with shop.database.session() as session:
        await customers.save(session, list(rows), datetime.now(UTC))


async def scored(shop: Any, probabilities: dict[int, float], reasons: Iterable[dict[str, Any]] = ()) -> None:
    """A churn model has looked at these customers and found the same reasons for each."""
    now = datetime.now(UTC)
    async with shop.database.session() as session:
        number = await trained_models.record(session, NewModel("churn", "churn.skops", "0" * 64, {}, {}, now))
        await trained_models.activate(session, number, now)
        scores = [NewScore(customer, p, list(reasons)) for customer, p in probabilities.items()]
        await churn_scores.replace(session, scores, number, now)


async def open_for_business(shop: Any, **changes: Any) -> None:
    """Forty customers: 1 to 24 are at risk and mostly buy in promotions, 25 to 40 are neither."""
    leaving = [customer(n, promo_share=0.9, profit=5.0, favourite_category="kids", **changes) for n in range(1, 25)]
    staying = [customer(n, **changes) for n in range(25, 41)]
    await imported(shop, [*leaving, *staying])
    probabilities = {n: 0.95 - n / 200 for n in range(1, 25)} | dict.fromkeys(range(25, 41), 0.1)
    await scored(shop, probabilities, [PROMO, VISITS, PAGES])


async def sessions(shop: Any, *ids: str, views: int = 2, synthetic: bool = False) -> None:
    """Sessions of three minutes that looked at A00002/B00002 so many times."""
    rows = [
        {
            "session_id": one,
            "started_at": CAME,
            "ended_at": CAME + timedelta(minutes=3),
            "gender": None,
            "visitor": None,
            "synthetic": synthetic,
        }
        for one in ids
    ]
    looked = [
        {
            "session_id": one,
            "position": position,
            "category_a": "A00002",
            "category_b": "B00002",
            "category_c": f"C0000{position}",
            "category_d": f"D0000{position}",
        }
        for one in ids
        for position in range(1, views + 1)
    ]
    async with shop.database.session() as session:
        await shop_sessions.save(session, rows, looked)
