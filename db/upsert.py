"""Rows that are inserted, or take the place of those with the same key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base

BATCH = 10_000


async def upsert(session: AsyncSession, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows by the model's primary key, or overwrite what they name of those that are there already.

    Args:
        session: a writing transaction.
        model: whose table it is.
        rows: each with the same keys, the names of columns; read in batches, so that a generator stays small in memory.

    Returns:
        How many rows there were.
    """
    table = model.__table__
    assert isinstance(table, Table)
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    pending, total = iter(rows), 0
    while batch := [dict(row) for row in islice(pending, BATCH)]:
        statement = insert(table)
        changes = {name: statement.excluded[name] for name in batch[0] if name not in keys}
        await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), batch)
        total += len(batch)
    return total
