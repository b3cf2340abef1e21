"""Who may be told of a visitor right now: waiting, reachable, on duty, and interested in that camera and department."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Staff

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GENERAL = "general"  # of a visitor of whom too little was seen: somebody must look, whatever they chose


async def available(
    session: AsyncSession,
    *,
    shop_id: int,
    camera: str,
    department: str,
    now: datetime,
    besides: Collection[int] = (),
) -> list[Staff]:
    """Assistants of a shop who may be told of a visitor to it, longest waiting first.

    Args:
        session: reading suffices.
        shop_id: the visitor's shop, on whose clock working and quiet hours are meant.
        camera: its name.
        department: its key; "general" passes every filter.
        now: an instant with a time zone.
        besides: staff ids that are left out.
    """
    found = await session.scalars(
        select(Staff)
        .where(
            Staff.shop_id == shop_id,
            Staff.role == "assistant",
            Staff.status == "waiting",
            Staff.chat_id.is_not(None),
            Staff.unreachable_since.is_(None),
            or_(Staff.muted_until.is_(None), Staff.muted_until <= now),
            Staff.id.not_in(besides),
        )
        .order_by(Staff.waiting_since, Staff.id)
    )
    if not (waiting := list(found)):
        return []
    there = now.astimezone(ZoneInfo(waiting[0].shop.time_zone))
    return [
        person
        for person in waiting
        if (not person.cameras or camera in person.cameras)
        and (not person.departments or department == GENERAL or department in person.departments)
        and is_working(person.hours, there)
        and not is_quiet(person.quiet, there)
    ]


def is_working(hours: Mapping[str, Sequence[str]], there: datetime) -> bool:
    """Whether an instant on the shop's clock lies in working hours: {"mon": ["09:00", "18:00"], …}.

    Without any hours somebody always works. A day's hours may end after midnight: ["20:00", "02:00"].
    """
    if not hours:
        return True
    today, yesterday = DAYS[there.weekday()], DAYS[(there - timedelta(days=1)).weekday()]
    clock = there.strftime("%H:%M")
    if today in hours:
        start, end = hours[today]
        if start <= clock and (clock < end or end <= start):
            return True
    if yesterday in hours:
        start, end = hours[yesterday]
        return end <= start and clock < end
    return False


def is_quiet(quiet: Sequence[str], there: datetime) -> bool:
    """Whether an instant on the shop's clock lies in quiet hours: ["22:00", "08:00"], or none."""
    if not quiet:
        return False
    start, end = quiet
    clock = there.strftime("%H:%M")
    return start <= clock < end if start < end else clock >= start or clock < end
