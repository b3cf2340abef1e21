"""What it costs a visit that its figures are kept: the same with and without, and its notes folded afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import rollups
from db.engine import Database
from db.models import Visit
from db.rollup_functions import SWITCH

_VISITS = 500
_COUNTING = text("SELECT set_config(:switch, :counting, true)")


@dataclass(frozen=True)
class Counting:
    """What keeping figures costs.

    Attributes:
        plain, counted: milliseconds in the database from a visit's insertion to its closing (three statements, median)
            while nothing is noted, and while it is.
        notes: rows that visits have noted and nobody has folded yet.
        fold: milliseconds that folding them took.
    """

    plain: float
    counted: float
    notes: int
    fold: float


async def counting(database: Database) -> Counting:
    """Measure it; of the visits that are written for it nothing stays."""
    async with database.session() as session:
        some = (await session.scalars(select(Visit).where(~Visit.checkout).limit(1))).one()
        row = {column.name: getattr(some, column.name) for column in Visit.__table__.columns}
        times = [await _lives(session, row, turn) for turn in range(2 * _VISITS)]
        await session.rollback()
    began = time.perf_counter()
    notes = await rollups.fold(database)
    return Counting(median(times[0::2]), median(times[1::2]), notes, 1000 * (time.perf_counter() - began))


async def _lives(session: AsyncSession, row: dict[str, Any], turn: int) -> float:
    """Milliseconds of one visit's life; every second one is counted."""
    await session.execute(_COUNTING, {"switch": SWITCH, "counting": "on" if turn % 2 else "off"})
    connection = await session.connection()
    open_ = {"id": f"measured {turn}", "state": "offered", "claimed_at": None, "first_claimed_at": None}
    steps: Sequence[Any] = (
        insert(Visit).values(row | open_),
        update(Visit).where(Visit.id == open_["id"]).values(state="claimed", first_claimed_at=row["closed_at"]),
        update(Visit).where(Visit.id == open_["id"]).values(state="served"),
    )
    began = time.perf_counter()
    for step in steps:
        await connection.execute(step)
    return 1000 * (time.perf_counter() - began)
