"""Customers for the tests of churn, and how much effort a training makes there."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from customers.churn.training import Effort
from db import customers
from db.engine import Database

QUICK = Effort(outer=2, repeats=1, splits=2)
NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)


async def bring_in(database: Database, people: pd.DataFrame) -> None:
    """Customers into the database, whatever their outcome."""
    rows = people.reset_index(names="id").astype(object)
    rows["dropped"] = rows["dropped"].where(rows["dropped"].notna(), None)
    async with database.session() as session:
        await customers.save(
            session, [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")], NOW
        )
