"""From every version that there was, with odd rows in every table, up to the newest and back: no row loses a value.

A new version is taken in by itself; what it means to change stands in `MEANT`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import JSON, Connection, Float, ForeignKeyConstraint, MetaData, Table, inspect, select, text

from db import migrate, revisions
from tests.db.filled import fill_tables
from tests.db.test_migrations import differences, with_connection

ROWS = 12
MEANT = {("0001", "visits", "state"): {"offered": "missed", "claimed": "unknown"}}
"""By version, table and column: what values become on the way up. Version 0001 left every visit open."""
MEANT_BACK = {("0001", "visits", "state"): {"offered": "missed"}}
"""What they are when the way back has been gone as well."""

Rows = dict[str, list[dict[str, Any]]]


def tables_of(connection: Connection) -> list[Table]:
    """The tables of the schema as the database itself declares it, each after those that it refers to."""
    schema = MetaData()
    schema.reflect(connection)
    apart = {"alembic_version"}
    if connection.dialect.name == "postgresql":  # a partition is filled through its table
        apart |= set(connection.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits")))
    for table in schema.tables.values():  # what triggers see to, as no foreign key can: see v0010
        if table.name not in apart and "visit_id" in table.columns and not table.columns["visit_id"].foreign_keys:
            table.append_constraint(ForeignKeyConstraint(["visit_id"], ["visits.id"]))
    tables = [table for table in schema.sorted_tables if table.name not in apart]
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True
            elif isinstance(column.type, Float):
                column.type.asdecimal = False
    return tables


def rows_of(connection: Connection, tables: list[Table]) -> Rows:
    """Every row, with the columns that are there now, in the order of the values of its keys."""
    found: Rows = {}
    there = inspect(connection)
    for table in tables:
        now = {column["name"] for column in there.get_columns(table.name)}
        columns = [column for column in table.columns if column.name in now]
        rows = [dict(row) for row in connection.execute(select(*columns)).mappings()]
        found[table.name] = sorted(rows, key=lambda row: repr([row[key.name] for key in table.primary_key]))
    return found


def meant(rows: Rows, version: str, changes: dict[tuple[str, str, str], dict[str, str]]) -> Rows:
    """What the rows of a version are to be."""
    return {
        table: [{c: changes.get((version, table, c), {}).get(v, v) if c == "state" else v for c, v in row.items()}
                for row in listed]
        for table, listed in rows.items()
    }  # fmt: skip


def without(rows: Rows, others: Rows) -> Rows:
    """The rows, without the columns that the others lack."""
    return {
        table: [{c: v for c, v in row.items() if c in other} for row, other in zip(listed, others[table], strict=True)]
        for table, listed in rows.items()
    }


@pytest.mark.parametrize("version", sorted(revisions.known()))
async def test_every_row_of_every_version_comes_to_the_newest_and_back_with_its_values(
    empty_database_url: str, version: str, tmp_path: Path
) -> None:
    def moved(connection: Connection, how: Any, to: str) -> None:
        how(migrate.configuration(connection, tmp_path / "pictures"), to)

    def filled(connection: Connection) -> tuple[list[Table], Rows]:
        moved(connection, command.upgrade, version)
        tables = tables_of(connection)
        fill_tables(connection, tables, ROWS)
        return tables, rows_of(connection, tables)

    tables, before = await with_connection(empty_database_url, filled)
    assert all(before.values())

    def upgraded(connection: Connection) -> tuple[list[Any], Rows]:
        moved(connection, command.upgrade, "head")
        return differences(connection), rows_of(connection, tables)

    changes, now = await with_connection(empty_database_url, upgraded)
    assert changes == []
    assert now == without(meant(before, version, MEANT), now)

    def back(connection: Connection) -> Rows:
        moved(connection, command.downgrade, version)
        return rows_of(connection, tables)

    assert await with_connection(empty_database_url, back) == meant(before, version, MEANT_BACK)
