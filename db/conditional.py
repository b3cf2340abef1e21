"""Conditional changes: one UPDATE that names the state it starts from, so that of two at once one wins."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Update
from sqlalchemy.ext.asyncio import AsyncSession


async def moved(session: AsyncSession, change: Update) -> bool:
    """Whether an UPDATE of one row found it in the state that it asked for."""
    return cast(CursorResult[Any], await session.execute(change)).rowcount == 1
