"""Every shop of the chain at a glance: today's visits, who is free, and whether the cameras see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import rollup_figures
from db.cameras import everywhere
from db.models import Shop, Staff, Visit


@dataclass(frozen=True)
class Glance:
    """One shop now.

    Attributes:
        shop: which.
        visits: visitors first seen since midnight of its clock, but not at a till; `taken` of them were met.
        free, at_work: assistants who wait, and who wait or are busy.
        seeing, cameras: cameras that gave a frame lately, and all that its worker reports on.
    """

    shop: Shop
    visits: int
    taken: int
    free: int
    at_work: int
    seeing: int
    cameras: int


async def glances(
    session: AsyncSession, branches: Sequence[Shop], now: datetime, silent_seconds: float
) -> list[Glance]:
    """These shops now, in their order; a camera sees that gave a frame within `silent_seconds`."""
    ids = [shop.id for shop in branches]
    visits = await _visits(session, branches, now)
    people = await _people(session, ids)
    seeing: defaultdict[int, list[bool]] = defaultdict(list)
    for shop_id, camera in await everywhere(session):
        last = camera.report.last_frame_at
        seeing[shop_id].append(last is not None and now - last <= timedelta(seconds=silent_seconds))
    return [
        Glance(
            shop,
            *visits.get(shop.id, (0, 0)),
            free=people.get((shop.id, "waiting"), 0),
            at_work=people.get((shop.id, "waiting"), 0) + people.get((shop.id, "busy"), 0),
            seeing=sum(seeing[shop.id]),
            cameras=len(seeing[shop.id]),
        )
        for shop in branches
    ]


async def _visits(session: AsyncSession, branches: Sequence[Shop], now: datetime) -> dict[int, tuple[int, int]]:
    """Visits and those taken since midnight, by shop id: as they are kept, or with one condition for each clock."""
    if session.get_bind().dialect.name == "postgresql":
        kept = await rollup_figures.since_midnight(session, {shop.id: shop.time_zone for shop in branches}, now)
        if kept is not None:
            return kept
    by_clock: defaultdict[str, list[int]] = defaultdict(list)
    for shop in branches:
        by_clock[shop.time_zone].append(shop.id)
    today = [and_(Visit.shop_id.in_(ids), Visit.first_seen >= _midnight(clock, now)) for clock, ids in by_clock.items()]
    rows = await session.execute(
        select(Visit.shop_id, func.count(), func.count(Visit.first_claimed_at))
        .where(or_(*today), Visit.origin == "camera", ~Visit.checkout)
        .group_by(Visit.shop_id)
    )
    return {shop_id: (number, taken) for shop_id, number, taken in rows}


async def _people(session: AsyncSession, ids: Sequence[int]) -> dict[tuple[int, str], int]:
    kind = (Staff.shop_id, Staff.status)
    signed_in = (Staff.shop_id.in_(ids), Staff.role == "assistant", Staff.chat_id.is_not(None))
    rows = await session.execute(select(*kind, func.count()).where(*signed_in).group_by(*kind))
    return {(shop_id, status): number for shop_id, status, number in rows}


def _midnight(clock: str, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(clock)).replace(hour=0, minute=0, second=0, microsecond=0)
