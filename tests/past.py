"""Visits as they stand at the end of a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from db import visits
from db.engine import Database
from db.models import Visit
from db.visits import NewVisit
from tests.visits import new_visit


async def came(
    database: Database, seen: datetime, *, state: str = "served", taken_after: float | None = None, **changes: Any
) -> NewVisit:
    """A visit that has come to this state, taken so many seconds after it was seen, where somebody took it."""
    shop_id = changes.pop("shop_id", None)
    visit = new_visit(seen, **changes)
    fields: dict[str, Any] = {"state": state, "recorded_at": seen}
    if taken_after is not None:
        fields["first_claimed_at"] = seen + timedelta(seconds=taken_after)
    async with database.session() as session:
        await visits.record(session, visit, notify=False, shop_id=shop_id)
        await session.execute(update(Visit).where(Visit.id == visit.id).values(**fields))
    return visit
