"""How a shop is running, in the figures that a monitoring system asks for every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import shops
from db.models import Delivery, Notice, Staff, Visit

_LONGEST_OPEN = timedelta(days=3)  # longer than any visit can stay open; it lets the query use an index


@dataclass(frozen=True)
class Backlog:
    """Messages that are to be sent and can be: how many, and since when the oldest is asked for, None where none is."""

    number: int
    oldest: datetime | None


@dataclass(frozen=True)
class Running:
    """How the shop is running.

    Attributes:
        recorded: visits recorded since midnight, by (origin, department).
        closed: visits closed since midnight, by (origin, department, state).
        open: visits that are not closed, by state: offered and claimed.
        assistants: who have signed in, by status.
        cards, notices: what waits to be sent.
    """

    recorded: dict[tuple[str, str], int]
    closed: dict[tuple[str, str, str], int]
    open: dict[str, int]
    assistants: dict[str, int]
    cards: Backlog
    notices: Backlog


async def running(session: AsyncSession, midnight: datetime, shop_id: int | None = None) -> Running:
    """How a shop is running, in six queries that each use an index.

    Args:
        session: reading suffices.
        midnight: of the shop's clock, when its day began.
        shop_id: which shop's; without it the only one's.

    Raises:
        ShopError: there are several shops, and none was given.
    """
    shop_id = shop_id or await shops.only(session)
    return Running(
        recorded=await _recorded(session, shop_id, midnight),
        closed=await _closed(session, shop_id, midnight),
        open=await _open(session, shop_id),
        assistants=await _assistants(session, shop_id),
        cards=await _cards(session, shop_id),
        notices=await _notices(session, shop_id),
    )


async def _recorded(session: AsyncSession, shop_id: int, midnight: datetime) -> dict[tuple[str, str], int]:
    kind = (Visit.origin, Visit.department)
    today = (Visit.shop_id == shop_id, Visit.recorded_at >= midnight)
    rows = await session.execute(select(*kind, func.count()).where(*today).group_by(*kind))
    return {(origin, department): number for origin, department, number in rows}


async def _closed(session: AsyncSession, shop_id: int, midnight: datetime) -> dict[tuple[str, str, str], int]:
    kind = (Visit.origin, Visit.department, Visit.state)
    recently = (Visit.shop_id == shop_id, Visit.recorded_at >= midnight - _LONGEST_OPEN, Visit.closed_at >= midnight)
    rows = await session.execute(select(*kind, func.count()).where(*recently).group_by(*kind))
    return {(origin, department, state): number for origin, department, state, number in rows}


async def _open(session: AsyncSession, shop_id: int) -> dict[str, int]:
    states = ("offered", "claimed")
    now = (Visit.shop_id == shop_id, Visit.state.in_(states))
    rows = await session.execute(select(Visit.state, func.count()).where(*now).group_by(Visit.state))
    return dict.fromkeys(states, 0) | {row[0]: row[1] for row in rows}


async def _assistants(session: AsyncSession, shop_id: int) -> dict[str, int]:
    signed_in = (Staff.shop_id == shop_id, Staff.role == "assistant", Staff.chat_id.is_not(None))
    rows = await session.execute(select(Staff.status, func.count()).where(*signed_in).group_by(Staff.status))
    return {"waiting": 0, "busy": 0, "off": 0} | {row[0]: row[1] for row in rows}


async def _cards(session: AsyncSession, shop_id: int) -> Backlog:
    asked = func.min(func.coalesce(Delivery.asked_at, Visit.recorded_at), type_=Visit.recorded_at.type)
    row = await session.execute(
        select(func.count(), asked)
        .select_from(Delivery)
        .join(Visit, Visit.id == Delivery.visit_id)
        .join(Staff, Staff.id == Delivery.staff_id)
        .where(Delivery.state == "pending", *_reachable(shop_id))
    )
    return Backlog(*row.one())


async def _notices(session: AsyncSession, shop_id: int) -> Backlog:
    row = await session.execute(
        select(func.count(), func.min(Notice.created_at, type_=Notice.created_at.type))
        .select_from(Notice)
        .join(Staff, Staff.id == Notice.staff_id)
        .where(Notice.state == "pending", *_reachable(shop_id))
    )
    return Backlog(*row.one())


def _reachable(shop_id: int) -> tuple[ColumnElement[bool], ...]:
    return Staff.shop_id == shop_id, Staff.chat_id.is_not(None), Staff.unreachable_since.is_(None)
