"""The customers of the database as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from customers.segments.columns import COLUMNS
from customers.segments.table import Customers, Numbers
from db import churn_scores, customers

_REVENUES = ("revenue_before_previous", "revenue_previous", "revenue_current")
_ELSEWHERE = ("churn", "revenue")  # numbers that are no column of the table


async def load(session: AsyncSession) -> Customers:
    """Everybody, with the probabilities of the active churn model. Reading suffices."""
    return await session.run_sync(everybody)


def everybody(session: Session) -> Customers:
    """The same for `Database.read`, whose thread leaves the event loop to others: many customers take a second."""
    rows = session.execute(customers.described()).all()
    return in_columns(rows, {score.customer_id: score.probability for score in session.execute(churn_scores.rated())})


def in_columns(rows: Sequence[Row[Any]], churn: dict[int, float]) -> Customers:
    """The rows as columns. A month whose revenue is not known is left out of the mean; without any it is unknown."""
    stored = [name for name, column in COLUMNS.items() if column.kind == "number" and name not in _ELSEWHERE]
    numbers = {name: _numbers([getattr(row, name) for row in rows]) for name in stored}
    months = np.stack([numbers[name] for name in _REVENUES])
    known = (~np.isnan(months)).sum(axis=0)
    numbers["revenue"] = np.where(known > 0, np.nansum(months, axis=0) / np.maximum(known, 1), np.nan)
    numbers["churn"] = _numbers([churn.get(row.id) for row in rows])
    return Customers(
        ids=tuple(row.id for row in rows),
        columns={
            **numbers,
            "category": _texts([row.favourite_category for row in rows]),
            "service": _texts([row.service for row in rows]),
            "may_notify": _texts(["yes" if row.may_notify else "no" for row in rows]),
        },
        synthetic=any(row.synthetic for row in rows),
    )


def _numbers(values: Sequence[float | None]) -> Numbers:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _texts(values: Sequence[str]) -> NDArray[np.object_]:
    return np.array(values, np.object_)
