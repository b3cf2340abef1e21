"""Visits whose assistants have said what was wanted, in shops whose visitors want other things than the rules say."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import insert

from amiko.config import Config
from db import cameras, shops
from db.engine import Database
from db.models import Visit
from routing.evidence import bands
from routing.exposure import shown
from routing.rank import rank

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
DEPARTMENTS = Config().routing.as_departments()
TASTE = ("kitchen", "electronics")
"""What women, and what men, want in three visits of four."""


async def told(
    database: Database,
    number: int,
    *,
    taste: Sequence[str] | None = TASTE,
    shop: str | None = None,
    first: datetime = FIRST,
    seed: int = 1,
) -> None:
    """So many served visits, one an hour, whose women and men have these tastes, or want what the rules say."""
    random = np.random.default_rng(seed)
    async with database.session() as session:
        shop_id = (await shops.named(session, shop)).id if shop else await shops.only(session)
        camera = await cameras.id_of(session, shop_id, "Entrance")
        rows = []
        for place in range(number):
            id = str(uuid.UUID(int=random.integers(0, 2**63)))
            p_female = float(random.choice([0.04, 0.96]))
            age = np.exp(-(((np.arange(101) - random.uniform(20, 70)) / 8) ** 2))
            age /= age.sum()
            ranking = rank(DEPARTMENTS, age, p_female, {}).departments
            card = shown(id, [key for key, _ in ranking], 0.05)
            keys, p = zip(*ranking, strict=True)
            if taste is None:
                wanted = str(random.choice(keys, p=p))
            else:
                liked = taste[0] if p_female > 0.5 else taste[1]
                wanted = liked if random.random() < 0.75 else str(random.choice(keys))
            seen = first + timedelta(hours=place)
            rows.append(
                {
                    "id": id,
                    "shop_id": shop_id,
                    "camera_id": camera,
                    "origin": "camera",
                    "first_seen": seen,
                    "decided_at": seen,
                    "last_seen": seen,
                    "recorded_at": seen,
                    "faces": 5,
                    "age_bands": bands(age),
                    "gender": "female" if p_female > 0.5 else "male",
                    "p_female": p_female,
                    "attire_labels": [],
                    "attire_scores": {},
                    "department": ranking[0][0],
                    "department_p": ranking[0][1],
                    "ranking": [[key, p] for key, p in ranking],
                    "shown": list(card.order) if card.order else None,
                    "propensity": card.propensity,
                    "reason": "",
                    "state": "served",
                    "wanted": wanted,
                    "checkout": False,
                }
            )
        if rows:
            await session.execute(insert(Visit), rows)
