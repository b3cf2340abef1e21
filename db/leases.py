"""What a notifier is sending is its own for some seconds, where several share the outbox.

A lease is renewed while the work lasts. One that is not, because its notifier was killed, ends by itself, and whoever
comes next repeats the work. Its time is the database's, as machines have clocks of their own.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery, Notice

LEASE = timedelta(seconds=6)
RENEW_SECONDS = 2.0
"""How often leases are renewed; twice may fail."""

Leased = type[Delivery] | type[Notice]


def free(table: Leased) -> ColumnElement[bool]:
    """That no notifier is at a card or a notice."""
    return or_(table.leased_until.is_(None), table.leased_until <= func.now())


async def take(session: AsyncSession, table: Leased, id: int, *, edits: bool) -> bool:
    """Take a card or a notice of a PostgreSQL database, to send it, or to edit it where it is sent.

    Returns:
        False if another notifier has it, or is done with it.
    """
    due = and_(table.state == "sent", table.edit_due) if edits else table.state == "pending"
    row = select(table.id).where(table.id == id, due, free(table)).with_for_update(skip_locked=True)
    taken = update(table).where(table.id.in_(row)).values(leased_until=func.now() + LEASE).returning(table.id)
    return await session.scalar(taken) is not None


async def renew(session: AsyncSession, table: Leased, id: int) -> None:
    """Go on having it, while the work lasts."""
    await session.execute(
        update(table).where(table.id == id, table.leased_until.is_not(None)).values(leased_until=func.now() + LEASE)
    )
