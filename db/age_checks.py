"""Age checks at a till: whom to tell that a customer may be under age, so that they ask for a document.

A check is told once, in the transaction that records its visit, and only as a notice: it is no card and nobody
takes it. It is of use for as long as the customer stands there, and dropped after that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import notices
from db.availability import is_quiet, is_working
from db.models import MANAGERS, Notice, Staff

KIND = "age_check"
"""The kind of the notice, worded in `bot/notices/age_check.py`."""

Band = Literal["likely", "possible"]

USEFUL = timedelta(seconds=60)
"""A check is worthless so long after it was decided."""


async def tell(
    session: AsyncSession, *, shop_id: int, camera: str, band: Band, decided_at: datetime, now: datetime
) -> int:
    """Write down a check to everybody of a shop who should ask for a document; nudge once that has committed.

    Args:
        session: a writing transaction.
        shop_id: the till's shop, on whose clock working and quiet hours are meant.
        camera: the till's, by its name.
        band: how likely it is that the customer is under 18.
        decided_at: when that was decided; nobody is told of what is older than USEFUL.
        now: an instant with a time zone.

    Returns:
        How many people are told.
    """
    until = decided_at + USEFUL
    if now >= until:
        return 0
    payload = {"camera": camera, "band": band, "decided_at": decided_at.isoformat(), notices.UNTIL: until.isoformat()}
    people = await _concerned(session, shop_id, camera, now)
    for person in people:
        await notices.tell(session, person.id, KIND, payload)
    return len(people)


async def states(session: AsyncSession) -> list[str]:
    """How far each message of a check has come: "pending", "sent" or "failed"."""
    return list(await session.scalars(select(Notice.state).where(Notice.kind == KIND).order_by(Notice.id)))


async def _concerned(session: AsyncSession, shop_id: int, camera: str, now: datetime) -> list[Staff]:
    """The shop's managers, and assistants on duty: those who chose this till's camera, or all of them where none did.

    Nobody who is muted, in quiet hours or unreachable.
    """
    found = await session.scalars(
        select(Staff)
        .where(
            Staff.shop_id == shop_id,
            Staff.chat_id.is_not(None),
            Staff.unreachable_since.is_(None),
            or_(Staff.muted_until.is_(None), Staff.muted_until <= now),
            or_(Staff.role.in_(MANAGERS), Staff.status.in_(["waiting", "busy"])),
        )
        .order_by(Staff.id)
    )
    if not (reachable := list(found)):
        return []
    there = now.astimezone(ZoneInfo(reachable[0].shop.time_zone))
    awake = [person for person in reachable if not is_quiet(person.quiet, there)]
    managers = [person for person in awake if person.manages]
    on_duty = [person for person in awake if person.role == "assistant" and is_working(person.hours, there)]
    return managers + ([person for person in on_duty if camera in person.cameras] or on_duty)
