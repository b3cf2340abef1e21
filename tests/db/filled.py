"""Fills a database with generated rows in every table, as odd as the columns allow."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import METADATA
from db.types import UtcDateTime

_LETTERS = string.ascii_letters + "ёЖя «»'\"\\%_\n\t—😀日本 é"
_BEGIN = datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)


async def fill(session: AsyncSession, rows: int, seed: int = 1) -> dict[str, int]:
    """Fill every table with so many rows (fewer where its keys do not allow more); how many each has got."""
    return await session.run_sync(lambda sync: fill_tables(sync.connection(), METADATA.sorted_tables, rows, seed))


def fill_tables(connection: Connection, tables: Iterable[Table], rows: int, seed: int = 1) -> dict[str, int]:
    """The same with these tables, each of which stands after those that it refers to."""
    chance = random.Random(seed)
    keys: dict[str, list[dict[str, Any]]] = {}
    for table in tables:
        made = list(_rows(table, rows, keys, chance))
        connection.execute(table.delete())
        connection.execute(insert(table), made)
        keys[table.name] = made
    return {name: len(made) for name, made in keys.items()}


def _rows(table: Table, rows: int, keys: dict[str, list[dict[str, Any]]], chance: random.Random) -> Iterator[Any]:
    seen: set[Any] = set()
    uniques = [[c.name for c in index.columns] for index in table.indexes if index.unique]
    keyed = [rule for rule in table.constraints if isinstance(rule, (PrimaryKeyConstraint, UniqueConstraint))]
    uniques += [[c.name for c in rule.columns] for rule in keyed if rule.columns]
    for number in range(rows):
        row = {column.name: _value(column, number, keys, chance) for column in table.columns}
        if "visit_seen" in row:
            row["visit_seen"] = next(v["first_seen"] for v in keys["visits"] if v["id"] == row["visit_id"])
        marks = {(tuple(names), *(row[name] for name in names)) for names in uniques}
        if not marks & seen:
            seen |= marks
            yield row


def _value(column: Column[Any], number: int, keys: dict[str, list[dict[str, Any]]], chance: random.Random) -> Any:
    if column.nullable and chance.random() < 0.3:
        return None
    if column.foreign_keys:
        (other,) = column.foreign_keys
        return chance.choice(keys[other.column.table.name])[other.column.name]
    if allowed := _allowed(column):
        return chance.choice(allowed)
    match column.type:
        case UtcDateTime():
            return _BEGIN + timedelta(microseconds=chance.randrange(3 * 10**13))
        case DateTime(timezone=zoned):  # as the database itself declares it
            instant = _BEGIN + timedelta(microseconds=chance.randrange(3 * 10**13))
            return instant if zoned else instant.replace(tzinfo=None)
        case LargeBinary():
            return chance.randbytes(20)
        case Date():
            return date(2024, 2, 29) + timedelta(days=chance.randrange(3000))
        case Boolean():
            return False
        case BigInteger():
            return number + 2**40
        case Integer():
            return number + 5
        case Float():
            return chance.choice([0.0, 0.1, 1 / 3, 1e-300, 1.7976931348623157e308, 5.0, chance.random()])
        case JSON():
            return chance.choice([[], {}, {"я": [1, 2.5, None, True, "«😀»"]}, [["a", 0.1]], {"b": 1, "a": {"c": []}}])
        case Text():
            return _text(chance, 200) + str(number)
        case String(length=length):
            return (str(number) + _text(chance, length or 20))[: length or 20]
    raise AssertionError(f"{column} has a type that the tests do not know")


def _text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choices(_LETTERS, k=chance.randrange(longest)))


def _allowed(column: Column[Any]) -> list[str]:
    """What the check of a column allows."""
    for rule in column.table.constraints:
        if isinstance(rule, CheckConstraint) and re.match(rf"\(*{column.name}\W", text := str(rule.sqltext)):
            return re.findall(r"'(\w[\w-]*)'", text)  # IN (…), or = ANY (ARRAY[…]) as PostgreSQL tells it
    return []
