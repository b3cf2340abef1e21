"""Who may be told of a visitor right now: waiting, reachable, on duty, and interested in that camera and department."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Shop, Staff
from db.types import UtcDateTime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GENERAL = "general"  # of a visitor of whom too little was seen: somebody must look, whatever they chose


class Person(NamedTuple):
    """Somebody who waits, and what they want to hear of when; `time_zone` is their shop's."""

    id: int
    name: str
    cameras: list[Any]
    departments: list[Any]
    hours: dict[str, Any]
    quiet: list[Any]
    time_zone: str


_WAITING = (  # built once, as it is on the way of every card
    select(Staff.id, Staff.name, Staff.cameras, Staff.departments, Staff.hours, Staff.quiet, Shop.time_zone)
    .join(Shop, Shop.id == Staff.shop_id)
    .where(
        Staff.shop_id == bindparam("its_shop", type_=Integer),
        Staff.role == "assistant",
        Staff.status == "waiting",
        Staff.chat_id.is_not(None),
        Staff.unreachable_since.is_(None),
        or_(Staff.muted_until.is_(None), Staff.muted_until <= bindparam("now", type_=UtcDateTime)),
    )
    .order_by(Staff.waiting_since, Staff.id)
)


async def available(
    session: AsyncSession,
    *,
    shop_id: int,
    camera: str,
    department: str,
    now: datetime,
    besides: Collection[int] = (),
) -> list[Person]:
    """Assistants of a shop who may be told of a visitor to it, longest waiting first.

    Args:
        session: reading suffices.
        shop_id: the visitor's shop, on whose clock working and quiet hours are meant.
        camera: its name.
        department: its key; "general" passes every filter.
        now: an instant with a time zone.
        besides: staff ids that are left out.
    """
    connection = await session.connection()
    found = await connection.execute(_WAITING, {"its_shop": shop_id, "now": now})
    waiting = [Person(*row) for row in found if row.id not in besides]
    if not waiting:
        return []
    there = now.astimezone(ZoneInfo(waiting[0].time_zone))
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
