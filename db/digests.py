"""Managers' daily pictures: at what time of the shop's clock, and the last day each was made for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import MANAGERS, Digest, Notice, Staff

KIND = "digest"
"""The kind of notice that carries a daily picture."""


@dataclass(frozen=True)
class DueDigest:
    """A daily picture to be made for one manager, in their language (None where they have not chosen one)."""

    staff_id: int
    language: str | None


async def switch_on(session: AsyncSession, staff_id: int, at: str, *, now: datetime) -> bool:
    """Send a person the picture of each day at `at` ("21:00") of the shop's clock, which shows `now`.

    Returns:
        Whether today's is still to come; it is not where `at` has passed, or today's was sent at another time.
    """
    today = now.date().isoformat()
    digest = await session.get(Digest, staff_id)
    if digest is None:
        digest = Digest(staff_id=staff_id, at=at)
        session.add(digest)
    digest.at = at
    if at <= f"{now:%H:%M}":
        digest.sent_for = today
    await session.flush()
    return digest.sent_for != today


async def switch_off(session: AsyncSession, staff_id: int) -> None:
    """Send a person no more daily pictures."""
    await session.execute(delete(Digest).where(Digest.staff_id == staff_id))


async def time_of(session: AsyncSession, staff_id: int) -> str | None:
    """When a person gets the daily picture, None where they do not."""
    return await session.scalar(select(Digest.at).where(Digest.staff_id == staff_id))


async def due(session: AsyncSession, shop_id: int, now: datetime) -> list[DueDigest]:
    """Whose picture of today is to be made, when a shop's clock shows `now`: also what was due while we were away."""
    rows = await session.execute(
        select(Digest.staff_id, Staff.language)
        .join(Staff)
        .where(
            Staff.shop_id == shop_id,
            Staff.role.in_(MANAGERS),
            Staff.chat_id.is_not(None),
            Staff.unreachable_since.is_(None),
            Digest.at <= f"{now:%H:%M}",
            _not_yet(now.date()),
        )
        .order_by(Digest.staff_id)
    )
    return [DueDigest(*row) for row in rows]


async def take(session: AsyncSession, staff_id: int, day: date) -> bool:
    """Note that a day's picture is made for a person; yesterday's, which they have, is given up.

    Returns:
        Whether it is for the caller to make it, in this transaction.
    """
    taken = await session.execute(
        update(Digest).where(Digest.staff_id == staff_id, _not_yet(day)).values(sent_for=day.isoformat())
    )
    if cast(CursorResult[Any], taken).rowcount != 1:
        return False
    await session.execute(
        delete(Notice).where(Notice.staff_id == staff_id, Notice.kind == KIND, Notice.state != "pending")
    )
    return True


def _not_yet(day: date) -> Any:
    """That a day's picture was not made; where a clock was set back, those of later days count, too."""
    return or_(Digest.sent_for.is_(None), Digest.sent_for < day.isoformat())
