"""Sessions of the online shop and what was looked at in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.shop_models import ShopSession, ShopView
from db.upsert import BATCH, upsert


@dataclass(frozen=True)
class SessionCounts:
    """How many sessions there are, how many of them have a gender, and how many were generated."""

    sessions: int
    labelled: int
    synthetic: int


async def save(
    session: AsyncSession, sessions: Sequence[Mapping[str, Any]], views: Iterable[Mapping[str, Any]]
) -> None:
    """Insert sessions, or bring those with the same id up to date: their views are replaced.

    Args:
        session: a writing transaction.
        sessions: "session_id", "started_at", "ended_at" (aware), "gender", "visitor", "synthetic" of each.
        views: of these sessions: "session_id", "position" (from 1), "category_a" … "category_d" of each.
    """
    ids = [row["session_id"] for row in sessions]
    await upsert(session, ShopSession, sessions)
    for first in range(0, len(ids), BATCH):
        await session.execute(delete(ShopView).where(ShopView.session_id.in_(ids[first : first + BATCH])))
    await upsert(session, ShopView, views)


async def find(session: AsyncSession, session_id: str) -> ShopSession | None:
    """A session by id."""
    return await session.get(ShopSession, session_id)


async def views(session: AsyncSession, session_ids: Sequence[str]) -> Sequence[ShopView]:
    """What was looked at in these sessions, session by session in order."""
    query = select(ShopView).where(ShopView.session_id.in_(session_ids))
    return (await session.scalars(query.order_by(ShopView.session_id, ShopView.position))).all()


async def past(session: AsyncSession, visitor: str, before: datetime, limit: int) -> Sequence[ShopSession]:
    """A visitor's sessions that had ended before an instant, the last ones first."""
    query = (
        select(ShopSession)
        .where(ShopSession.visitor == visitor, ShopSession.ended_at < before)
        .order_by(ShopSession.ended_at.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def count_views(session: AsyncSession, session_id: str, category: str) -> int:
    """How many views of a session are of a category, whatever its level; 0 too where there is no such session."""
    levels = (ShopView.category_a, ShopView.category_b, ShopView.category_c, ShopView.category_d)
    query = select(func.count()).where(ShopView.session_id == session_id, or_(*(level == category for level in levels)))
    return await session.scalar(query) or 0


async def all_sessions(session: AsyncSession) -> Sequence[ShopSession]:
    """Every session, in the order of their starts."""
    return (await session.scalars(select(ShopSession).order_by(ShopSession.started_at, ShopSession.session_id))).all()


async def counts(session: AsyncSession) -> SessionCounts:
    """How many sessions there are."""
    query = select(
        func.count(), func.count(ShopSession.gender), func.count().filter(ShopSession.synthetic)
    ).select_from(ShopSession)
    return SessionCounts(*(await session.execute(query)).one())


async def forget_synthetic(session: AsyncSession) -> None:
    """Delete sessions that were generated, with their views."""
    await session.execute(delete(ShopSession).where(ShopSession.synthetic))
