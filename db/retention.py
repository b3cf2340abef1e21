"""What is deleted when its time is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.engine import Database
from db.models import Applicant, Delivery, Invite, Notice, Snapshot, Visit

CLOSED = ("served", "left", "unknown", "missed", "recorded")
"""States of a visit whose cards change no more; one that is recorded has cards where another bot goes on with it."""

_log = logging.getLogger(__name__)
_ROWS_AT_ONCE = 500  # a statement takes no more than a few thousand values


@dataclass(frozen=True)
class SentPicture:
    """A card in Telegram that still shows a visitor's picture."""

    delivery_id: int
    visit_id: str
    staff_id: int


async def purge_snapshots(database: Database, before: datetime) -> int:
    """Delete snapshots made before an instant, and files and rows that lost each other; how many rows there were.

    Files go first: what cannot be deleted, or is cut short by a crash, keeps its row and is tried again.

    Raises:
        SnapshotError: their folder cannot be read; nothing was deleted.
    """
    async with database.reading() as session:
        made = {row[0]: row[1] for row in await session.execute(select(Snapshot.visit_id, Snapshot.created_at))}
    keep = {visit_id for visit_id, at in made.items() if at >= before}
    # The folder is read after the table: a row that is known here had its file by then.
    there = await asyncio.to_thread(database.snapshots.sweep, keep, made.keys() - keep)
    if lost := len(keep - there):
        _log.warning(
            "%d new pictures are not in %s: workers on other machines need that folder, too (or privacy.snapshots: "
            "off), as cards go without them, and nobody deletes them where they are",
            lost,
            database.snapshots.folder,
        )
    gone = list(made.keys() - there)
    for first in range(0, len(gone), _ROWS_AT_ONCE):
        some = gone[first : first + _ROWS_AT_ONCE]
        async with database.session() as session:
            await session.execute(delete(Snapshot).where(Snapshot.visit_id.in_(some)))
    return len(gone)


async def purge_visits(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete at most `limit` visits recorded before an instant, with all that is theirs; how many there were."""
    old = select(Visit.id).where(Visit.recorded_at < before).limit(limit)
    return await _gone(session, delete(Visit).where(Visit.id.in_(old)))


async def purge_notices(session: AsyncSession, before: datetime) -> int:
    """Delete notices written before an instant, sent or not; how many there were."""
    return await _gone(session, delete(Notice).where(Notice.created_at < before))


async def purge_applicants(session: AsyncSession, before: datetime) -> int:
    """Forget strangers who asked before an instant and were let in or refused; how many there were."""
    return await _gone(session, delete(Applicant).where(Applicant.asked_at < before, Applicant.state != "asked"))


async def purge_invites(session: AsyncSession, before: datetime) -> int:
    """Delete invitations that ended before an instant, used or not; how many there were."""
    return await _gone(session, delete(Invite).where(Invite.expires_at < before))


async def sent_pictures(session: AsyncSession, before: datetime, limit: int) -> Sequence[SentPicture]:
    """Cards of closed visits that were sent with a picture before an instant and still show it, the oldest first."""
    rows = await session.execute(
        select(Delivery.id, Delivery.visit_id, Delivery.staff_id)
        .join(Visit)
        .where(
            Delivery.photo,
            Delivery.message_id.is_not(None),
            Delivery.sent_at < before,
            ~Delivery.edit_due,
            Visit.state.in_(CLOSED),
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [SentPicture(*row) for row in rows]


async def picture_removed(session: AsyncSession, picture: SentPicture) -> None:
    """Note that a card shows no picture of the visitor any more, or that nothing can be done about it."""
    await session.execute(update(Delivery).where(Delivery.id == picture.delivery_id).values(photo=False))


async def _gone(session: AsyncSession, statement: Delete) -> int:
    return cast(CursorResult[Any], await session.execute(statement)).rowcount
