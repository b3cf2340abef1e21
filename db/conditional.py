"""Conditional changes: one UPDATE that names the state it starts from, so that of two at once one wins.

Whoever changes more than one row begins with the visit's: PostgreSQL, which lets many write at once, then has them take
turns at each visit.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import CursorResult, Select, Update, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Visit


async def moved(session: AsyncSession, change: Update) -> bool:
    """Whether an UPDATE of one row found it in the state that it asked for."""
    return cast(CursorResult[Any], await session.execute(change)).rowcount == 1


async def hold(session: AsyncSession, visit_ids: Collection[str] | Select[Any]) -> None:
    """Let nobody else change these visits until this transaction ends: what is read of them now stays true."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite lets one writer in at a time
        await session.execute(select(Visit.id).where(Visit.id.in_(visit_ids)).order_by(Visit.id).with_for_update())
