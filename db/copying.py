"""Moves everything from one database into another, empty one, every row or none, and proves it by checksums.

Rows are read in one consistent transaction and written in one, table after table so that a row comes after those it
refers to. Then the target is read back, and only when both sides hold the same is anything committed. A chain's figures
(`db.rollup_models`) are copied like the rest, so that those of deleted visits are not lost; those that a SQLite file
does not have are counted at the end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Table, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import partitions, revisions, rollups
from db.checksums import Content
from db.engine import Database, connect, explained, on_postgres, sqlite_file
from db.errors import DatabaseError
from db.files import take_along, take_back
from db.snapshots import PLAIN, SEALED
from db.tables import METADATA

_Side = tuple[AsyncConnection, str]
"""A connection in its transaction, and what its database is called in a sentence."""

_BATCH = 1000  # rows
_OF_A_NEW_DATABASE = {"shops": 1}
"""So many rows of these tables count as none: every database begins with a shop."""


@dataclass(frozen=True)
class CopiedTable:
    """What is in a table on both sides."""

    name: str
    source: Content
    target: Content


@dataclass(frozen=True)
class Copied:
    """What a copy has come to; where a table differs, nothing was kept of it."""

    tables: Sequence[CopiedTable]
    pictures: int

    @property
    def differing(self) -> Sequence[str]:
        """Names of the tables that differ."""
        return [table.name for table in self.tables if table.source != table.target]


async def copy(source: Database, target: Database, told: Callable[[str, int], None] = lambda *_: None) -> Copied:
    """Copy every row and picture. The source stays as it is; an interrupted copy leaves the target without a row.

    Args:
        source: at the newest schema.
        target: made where it is missing, and brought to the newest schema.
        told: called with a table's name and how many of its rows are copied so far.

    Raises:
        DatabaseError: one of them cannot be used, the source's schema is older, or the target holds something.
    """
    require_file(source)
    await target.upgrade()
    async with _opened(source, reading=True) as reading, _opened(target, reading=False) as writing:
        await reading.run_sync(_require_newest, source)
        await _make_empty(writing, target)
        tables = []
        for table in METADATA.sorted_tables:
            content = await _copy_table(table, (reading, source.name), (writing, target.name), told)
            tables.append(CopiedTable(table.name, content, await _content(table, (writing, target.name))))
        copied = Copied(tables, 0)
        if copied.differing:
            await writing.rollback()
            return copied
        if on_postgres(target.url) and not on_postgres(source.url):
            await rollups.recount(writing)
        # As always, a file is there before the row that tells of it.
        files = _take_pictures(source, target)
        try:
            await writing.commit()
        except BaseException:
            take_back(files)
            raise
        return Copied(tables, len(files))


def require_file(source: Database) -> None:
    """Nothing, where what is to be copied is there, as far as that can be seen without opening it.

    Raises:
        DatabaseError: there is no such file.
    """
    if (file := sqlite_file(source.url)) and not file.is_file():
        raise DatabaseError(f"there is no database {file}")


@asynccontextmanager
async def _opened(database: Database, reading: bool) -> AsyncIterator[AsyncConnection]:
    """A connection in its one transaction. JSON passes as the text it is: no value and JSON's null stay two things."""
    engine: AsyncEngine = connect(database.url, json_serializer=_as_it_is, json_deserializer=_as_it_is)
    try:
        with explained(database.name):
            if not on_postgres(database.url):
                engine = engine.execution_options(amiko_reading=reading)
            elif reading:
                engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with engine.connect() as connection:
                if on_postgres(database.url):  # one side waits while the other one is read back
                    await connection.execute(text("SET LOCAL statement_timeout = 0"))
                    await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                if on_postgres(database.url) and not reading:
                    await rollups.bring_along(connection)
                yield connection
    finally:
        await engine.dispose()


def _as_it_is(json: str | None) -> str | None:
    return json


def _require_newest(connection: Connection, database: Database) -> None:
    if revisions.of(connection) != revisions.newest():
        raise DatabaseError(
            f"the database {database.name} has another schema than this software; run: amiko db upgrade --db URL"
        )


async def _make_empty(connection: AsyncConnection, database: Database) -> None:
    """Take away what every database begins with.

    Raises:
        DatabaseError: there is more in it.
    """
    for table in reversed(METADATA.sorted_tables):
        rows = await connection.scalar(
            select(func.count()).select_from(select(1).select_from(table).limit(2).subquery())
        )
        if (rows or 0) > _OF_A_NEW_DATABASE.get(table.name, 0):
            raise DatabaseError(
                f"the database {database.name} is not empty: there is something in {table.name}; copy into a new one"
            )
        await connection.execute(delete(table))


async def _copy_table(table: Table, reading: _Side, writing: _Side, told: Callable[[str, int], None]) -> Content:
    """Copy a table's rows; what was read.

    Raises:
        DatabaseError: the source cannot be read, or the target does not take a row.
    """
    content = Content()
    names = [column.name for column in table.columns]
    target, target_name = writing
    async for rows in _batches(table, reading):
        content = content.with_rows(table, rows)
        if table.name == "visits" and target.dialect.name == "postgresql":
            seen = names.index("first_seen")
            await partitions.make(target, {partitions.Month.of(row[seen]) for row in rows})
        try:
            await target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        except SQLAlchemyError as error:
            why = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise DatabaseError(
                f"the database {target_name} does not take a row of {table.name} ({why}); nothing was copied"
            ) from error
        told(table.name, content.rows)
    await _set_sequence(table, target)
    return content


async def _content(table: Table, side: _Side) -> Content:
    content = Content()
    async for rows in _batches(table, side):
        content = content.with_rows(table, rows)
    return content


async def _batches(table: Table, side: _Side) -> AsyncIterator[Sequence[Sequence[Any]]]:
    connection, name = side
    # By key: whoever refers to a row of the same table refers to an earlier one.
    query = select(*table.columns).order_by(*table.primary_key.columns)
    with explained(name):
        async with connection.stream(query, execution_options={"yield_per": _BATCH}) as result:
            async for rows in result.partitions():
                yield rows


async def _set_sequence(table: Table, connection: AsyncConnection) -> None:
    """Let PostgreSQL number new rows after those that were copied; SQLite does so by itself."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None or not isinstance(column.type, Integer):
        return
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    await connection.execute(select(func.setval(sequence, func.max(column))))


def _take_pictures(source: Database, target: Database) -> list[Any]:
    try:
        return take_along(source.snapshots.folder, target.snapshots.folder, (PLAIN, SEALED))
    except OSError as error:
        raise DatabaseError(f"the pictures cannot be copied ({error}); nothing was copied") from error
