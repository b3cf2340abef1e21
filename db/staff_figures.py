"""What each person did today: how many visitors they served, and how fast they took them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery, Outcome, Visit


@dataclass(frozen=True)
class Day:
    """One person's day: visitors served, and the median from card to Take (s), None where they took none."""

    served: int = 0
    response_seconds: float | None = None


async def since(session: AsyncSession, instant: datetime) -> dict[int, Day]:
    """The day of everybody who served or took a visitor since an instant, by staff id."""
    outcomes = (
        select(Outcome.staff_id, func.count())
        .where(Outcome.kind == "served", Outcome.at >= instant)
        .group_by(Outcome.staff_id)
    )
    served: dict[int, int] = {row[0]: row[1] for row in await session.execute(outcomes)}
    claims = (
        select(Visit.claimed_by, Visit.claimed_at, func.coalesce(Delivery.sent_at, Visit.recorded_at))
        .outerjoin(Delivery, and_(Delivery.visit_id == Visit.id, Delivery.staff_id == Visit.claimed_by))
        .where(Visit.claimed_by.is_not(None), Visit.claimed_at >= instant)
    )
    waits: defaultdict[int, list[float]] = defaultdict(list)
    for staff_id, claimed_at, offered_at in await session.execute(claims):
        assert staff_id is not None  # the query asks for both
        assert claimed_at is not None
        # A card pressed before its sending was written down was answered at once.
        waits[staff_id].append(max(0.0, (claimed_at - offered_at).total_seconds()))
    return {
        staff_id: Day(served.get(staff_id, 0), median(waits[staff_id]) if staff_id in waits else None)
        for staff_id in served.keys() | waits.keys()
    }
