"""What a notifier is sending is its own for some seconds, where several share the outbox.

A lease is renewed while the work lasts. One that is not, because its notifier was killed, ends by itself, and whoever
comes next repeats the work. Its time is the database's, as machines have clocks of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ARRAY, ColumnElement, Integer, and_, any_, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery, Notice

LEASE = timedelta(seconds=6)
RENEW_SECONDS = 2.0
"""How often leases are renewed; twice may fail."""

Leased = type[Delivery] | type[Notice]


def free(table: Leased) -> ColumnElement[bool]:
    """That no notifier is at a card or a notice."""
    return or_(table.leased_until.is_(None), table.leased_until <= func.now())


async def take(session: AsyncSession, table: Leased, ids: Collection[int], *, edits: bool) -> set[int]:
    """Take cards or notices of a PostgreSQL database, to send them, or to edit them where they are sent.

    Returns:
        Which of them are ours now; another notifier has the others, or is done with them.
    """
    due = and_(table.state == "sent", table.edit_due) if edits else table.state == "pending"
    rows = select(table.id).where(_among(table, ids), due, free(table)).with_for_update(skip_locked=True)
    taken = update(table).where(table.id.in_(rows)).values(leased_until=func.now() + LEASE).returning(table.id)
    return set(await session.scalars(taken))


async def renew(session: AsyncSession, table: Leased, ids: Collection[int]) -> None:
    """Go on having them, while the work lasts. Those that are being written down just now need it no longer."""
    ours = _among(table, ids), table.leased_until.is_not(None)
    rows = select(table.id).where(*ours).with_for_update(skip_locked=True)
    await session.execute(update(table).where(table.id.in_(rows)).values(leased_until=func.now() + LEASE))


def _among(table: Leased, ids: Collection[int]) -> ColumnElement[bool]:
    return table.id == any_(literal(list(ids), ARRAY(Integer)))
