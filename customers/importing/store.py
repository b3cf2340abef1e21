"""Customers from files into the database in one transaction, and beside them the rows that were doubted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy.ext.asyncio import AsyncSession

from customers import drift
from customers.drift import Drift
from customers.errors import CustomersError
from customers.importing.customer_files import Reading
from db import customers, quarantine, trained_models

_BATCH = 10_000


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Args:
        new: customers who were not there before.
        updated: customers who were, and now stand as the files describe them.
        model: the number of the active churn model; None where there is none.
        drift: how far the customers of the files have moved from those that the model learnt from.
    """

    new: int
    updated: int
    model: int | None
    drift: list[Drift]


async def store(session: AsyncSession, reading: Reading, now: datetime) -> Imported:
    """Write down what was read; customers whom the files do not name stay as they are.

    Real customers take the place of generated ones.

    Raises:
        CustomersError: generated customers would stand among real ones.
    """
    counts = await customers.counts(session)
    if reading.synthetic and counts.customers > counts.synthetic:
        raise CustomersError(
            "these files are marked synthetic, and the database holds real customers; import them into another one, "
            "such as --db sqlite+aiosqlite:///demo.db"
        )
    if not reading.synthetic:
        await customers.forget_synthetic(session)
    before = await customers.existing(session)
    updated = int(reading.customers.index.isin(before).sum())
    for batch in _records(reading.customers):
        await customers.save(session, batch, now)
    await quarantine.replace(session, "customers", reading.untrusted, now)
    model = await trained_models.active(session, "churn")
    reference = model.protocol.get("reference") if model else None
    return Imported(
        new=len(reading.customers) - updated,
        updated=updated,
        model=model.id if model else None,
        drift=drift.drift(reference, reading.customers) if reference else [],
    )


def _records(frame: pd.DataFrame) -> Iterator[list[dict[str, Any]]]:
    """The rows as the database takes them, some thousand at a time."""
    for first in range(0, len(frame), _BATCH):
        part = frame.iloc[first : first + _BATCH].reset_index()
        part["dropped"] = part["dropped"].astype(object).where(part["dropped"].notna(), None)
        yield [{str(name): value for name, value in row.items()} for row in part.to_dict("records")]
