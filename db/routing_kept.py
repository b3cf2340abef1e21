"""What routing has learnt: which correction answers in a shop now, which did before, and the way back to the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.routing_models import RoutingModel


@dataclass(frozen=True)
class NewRouting:
    """A correction as training leaves it; `db.routing_models` says what the fields are."""

    shop_id: int
    contents: str
    sha256: str
    fingerprint: str
    outcomes: int
    learnt_until: datetime
    figures: dict[str, Any]
    trained_at: datetime


async def record(session: AsyncSession, model: NewRouting) -> int:
    """Write a correction down, not active yet; its number."""
    row = RoutingModel(**vars(model))
    session.add(row)
    await session.flush()
    return row.id


async def activate(session: AsyncSession, shop_id: int, number: int, now: datetime) -> None:
    """Let a correction answer from now on, in place of the one of its shop that did."""
    await _deactivate(session, shop_id)
    await session.execute(
        update(RoutingModel).where(RoutingModel.id == number).values(active=True, activated_at=now),
        execution_options={"synchronize_session": "fetch"},
    )


async def active(session: AsyncSession, shop_id: int) -> RoutingModel | None:
    """The correction that answers in a shop now; None where the rules do."""
    return await session.scalar(select(RoutingModel).where(RoutingModel.shop_id == shop_id, RoutingModel.active))


async def active_id(session: AsyncSession, shop_id: int) -> int | None:
    """Its number alone, for who has it already."""
    return await session.scalar(select(RoutingModel.id).where(RoutingModel.shop_id == shop_id, RoutingModel.active))


async def history(session: AsyncSession, shop_id: int) -> Sequence[RoutingModel]:
    """All that was tried for a shop, the newest first."""
    query = select(RoutingModel).where(RoutingModel.shop_id == shop_id).order_by(RoutingModel.id.desc())
    return (await session.scalars(query)).all()


async def learnt_until(session: AsyncSession, shop_id: int) -> datetime | None:
    """Until when outcomes were learnt from by a correction that answers or has answered in a shop; None before one."""
    newest = func.max(RoutingModel.learnt_until, type_=RoutingModel.learnt_until.type)
    return await session.scalar(
        select(newest).where(RoutingModel.shop_id == shop_id, RoutingModel.activated_at.is_not(None))
    )


async def roll_back(
    session: AsyncSession, shop_id: int, now: datetime
) -> tuple[RoutingModel, RoutingModel | None] | None:
    """Let answer again what did when the active correction was promoted: an older one, or the rules.

    That need not be the one before it in the table, which may have been rolled back itself.

    Returns:
        The one that no longer answers, and the one that does, None for the rules; None where no correction answered.
    """
    current = await active(session, shop_id)
    if current is None:
        return None
    number = current.figures.get("instead_of")
    before = None if number is None else await session.get(RoutingModel, number)
    if before is None:
        await _deactivate(session, shop_id)
    else:
        await activate(session, shop_id, before.id, now)
    return current, before


async def _deactivate(session: AsyncSession, shop_id: int) -> None:
    await session.execute(
        update(RoutingModel).where(RoutingModel.shop_id == shop_id, RoutingModel.active).values(active=False),
        execution_options={"synchronize_session": "fetch"},
    )
