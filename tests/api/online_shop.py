"""A small online shop in a database: sessions, a model that can be worked out by hand, customers and their scores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from customers import model_file
from customers.model_file import Contents
from customers.sessions.model import GenderModel, Head
from customers.sessions.terms import SCHEMA
from db import churn_scores, customers, shop_sessions, trained_models
from db.churn_scores import NewScore
from db.engine import Database
from db.trained_models import NewModel
from tests.api.server import Place

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
TOOLS, DRESSES = "A00001", "A00002"


async def save_sessions(place: Place, *, synthetic: bool = False) -> None:
    """u1 looked at tools, u2 at dresses twice and then at tools, u3 at nothing known; u4 is u1's visitor again."""
    views = {"u1": [TOOLS], "u2": [DRESSES, DRESSES, TOOLS], "u3": ["A00009"], "u4": ["A00009"]}
    opened = Database(place.url)
    async with opened.session() as session:
        await shop_sessions.save(
            session,
            [
                {
                    "session_id": id,
                    "started_at": NOON + timedelta(hours=number),
                    "ended_at": NOON + timedelta(hours=number, minutes=5),
                    "gender": None,
                    "visitor": "v1" if id in ("u1", "u4") else None,
                    "synthetic": synthetic,
                }
                for number, id in enumerate(views)
            ],
            [
                {
                    "session_id": id,
                    "position": position,
                    "category_a": category,
                    "category_b": "B00002",
                    "category_c": "C00003",
                    "category_d": f"D0000{position}",
                }
                for id, seen in views.items()
                for position, category in enumerate(seen, 1)
            ],
        )
    await opened.close()


async def activate_gender_model(place: Place, weights: Mapping[str, float]) -> None:
    """Let a logistic regression answer that knows these terms alone; as many sessions are men's as women's."""
    opened = Database(place.url)
    head = Head(weights, 0.0)
    contents = Contents(GenderModel(head, head, 0.5).contents(), SCHEMA, {"prints": np.zeros(1, np.uint64)})
    name, sha256 = model_file.write(place.folder / "models", "session-gender", contents)
    protocol = {"file_sha256": sha256, "synthetic": False}
    async with opened.session() as session:
        model = NewModel("session-gender", name, "0" * 64, protocol, {}, datetime.now(UTC))
        await trained_models.activate(session, await trained_models.record(session, model), datetime.now(UTC))
    await opened.close()


async def roll_back_gender_model(place: Place) -> None:
    """Let the model answer again that did before."""
    opened = Database(place.url)
    async with opened.session() as session:
        assert await trained_models.roll_back(session, "session-gender", datetime.now(UTC)) is not None
    await opened.close()


async def save_customers(place: Place, *rows: dict[str, Any]) -> None:
    """Import customers."""
    opened = Database(place.url)
    async with opened.session() as session:
        await customers.save(session, rows, datetime.now(UTC))
    await opened.close()


async def score_customers(place: Place, *scores: NewScore) -> None:
    """Let a churn model have said this of them."""
    opened = Database(place.url)
    now = datetime.now(UTC)
    async with opened.session() as session:
        number = await trained_models.record(session, NewModel("churn", "churn.skops", "0" * 64, {}, {}, now))
        await trained_models.activate(session, number, now)
        await churn_scores.replace(session, scores, number, now)
    await opened.close()


def customer(id: int, **changes: Any) -> dict[str, Any]:
    """A customer as an import describes them."""
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
