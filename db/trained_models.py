"""Models that were trained: which one answers now, which did before, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.shop_models import ModelKind, TrainedModel


@dataclass(frozen=True)
class NewModel:
    """A model as training leaves it.

    Args:
        kind: what it answers.
        file: where its weights are; empty where there are none (any more).
        fingerprint: SHA-256 of the data it learnt from, in hex.
        protocol: how it was trained; "reference" holds what drift is measured against, "synthetic" stands and is true
            where the data were generated.
        figures: what was measured of it.
        trained_at: when.
    """

    kind: ModelKind
    file: str
    fingerprint: str
    protocol: dict[str, Any]
    figures: dict[str, Any]
    trained_at: datetime


async def record(session: AsyncSession, model: NewModel) -> int:
    """Write a model down, not active yet; its number."""
    row = TrainedModel(**vars(model))
    session.add(row)
    await session.flush()
    return row.id


async def activate(session: AsyncSession, model_id: int, now: datetime) -> None:
    """Let a model answer from now on, in place of the one of its kind that did."""
    kind = select(TrainedModel.kind).where(TrainedModel.id == model_id).scalar_subquery()
    await session.execute(
        update(TrainedModel).where(TrainedModel.kind == kind, TrainedModel.active).values(active=False),
        execution_options={"synchronize_session": "fetch"},
    )
    await session.execute(
        update(TrainedModel).where(TrainedModel.id == model_id).values(active=True, activated_at=now),
        execution_options={"synchronize_session": "fetch"},
    )


async def active(session: AsyncSession, kind: ModelKind) -> TrainedModel | None:
    """The model of a kind that answers now; None before the first."""
    return await session.scalar(select(TrainedModel).where(TrainedModel.kind == kind, TrainedModel.active))


async def history(session: AsyncSession, kind: ModelKind) -> Sequence[TrainedModel]:
    """All models of a kind, the newest first."""
    query = select(TrainedModel).where(TrainedModel.kind == kind).order_by(TrainedModel.id.desc())
    return (await session.scalars(query)).all()


async def roll_back(session: AsyncSession, kind: ModelKind, now: datetime) -> TrainedModel | None:
    """Let the model answer again that did before the active one; None, and no change, where there was none.

    What was taken back so is not come back to from a later one.
    """
    current = await active(session, kind)
    if current is None:
        return None
    before = await session.scalar(
        select(TrainedModel)
        .where(
            TrainedModel.kind == kind,
            TrainedModel.id < current.id,
            TrainedModel.activated_at.is_not(None),
            TrainedModel.file != "",
        )
        .order_by(TrainedModel.id.desc())
        .limit(1)
    )
    if before is not None:
        await activate(session, before.id, now)
        current.activated_at = None
    return before


async def let_go(session: AsyncSession, kind: ModelKind, keep: int) -> set[str]:
    """Give up the files of all models of a kind but the active one and the newest `keep` others to go back to.

    Their rows stay, and cannot be rolled back to any more.

    Returns:
        The names of the files that no model has now.
    """
    having = [row for row in await history(session, kind) if row.file]
    given_up = sorted((row for row in having if not row.active), key=lambda row: row.activated_at is None)[keep:]
    names = {row.file for row in given_up}
    for row in given_up:
        row.file = ""
    await session.flush()
    return names - {row.file for row in having}
