"""Months: on PostgreSQL visits, their cards and their outcomes lie in a partition for each month (UTC) of `first_seen`.

What belongs to a month that has none yet lies in the partition `…_other`, so that no visit is ever refused, until
`prepare` makes the month and moves it there. A month whose time is over goes as a whole, in milliseconds.

Every change waits for others' locks a moment only, and is tried again later: behind one that waits, every card waits.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import TableClause, and_, column, delete, exists, func, insert, literal_column, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.engine import Database, on_postgres
from db.errors import DatabaseError
from db.models import Snapshot
from db.tables import METADATA
from db.types import UtcDateTime

TABLES = {"visits": "first_seen", "deliveries": "visit_seen", "outcomes": "visit_seen"}
"""What lies in months, and by which column; a parent before its children."""

_ALONE = select(func.pg_advisory_xact_lock(0x616D69, 4))  # beside the locks of `db.notified` and `db.rollup_functions`
# Whoever has read which partitions there are is through, or has yet to read it: none looks for a row where it was.
_LOCKED = text(f"LOCK TABLE {', '.join(f'ONLY {name}' for name in TABLES)} IN ACCESS EXCLUSIVE MODE")
_PATIENCE = "200ms"
_TRIES, _PAUSE_SECONDS = 5, 1.0
_GROWN = text(
    "SELECT sum(greatest(part.reltuples, pg_stat_get_live_tuples(part.oid))) "
    "> 1000 + 1.1 * greatest(whole.reltuples, 0) FROM pg_class AS whole, pg_partition_tree(whole.oid) AS tree "
    "JOIN pg_class AS part ON part.oid = tree.relid WHERE whole.oid = to_regclass(:name) AND tree.isleaf "
    "GROUP BY whole.reltuples"
)
_SAMPLED = 30  # of each month 9000 rows: seconds, also of a chain's year
_log = logging.getLogger(__name__)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month in UTC, `number` from 1."""

    year: int
    number: int

    @classmethod
    def of(cls, instant: datetime) -> Month:
        """The month of an instant."""
        there = instant.astimezone(UTC)
        return cls(there.year, there.month)

    @property
    def following(self) -> Month:
        """The one after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def begin(self) -> str:
        """Its first instant, as PostgreSQL reads it."""
        return f"{self.year:04}-{self.number:02}-01 00:00:00+00"

    def partition(self, table: str) -> str:
        """The name of its part of a table."""
        return f"{table}_{self.year:04}_{self.number:02}"

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


async def prepare(database: Database, now: datetime) -> None:
    """Make the partitions of this month, of the next, and of every month of which visits lie in `…_other`.

    Nothing happens on SQLite, nor where they are there. What cannot be made now is left for the next time.
    """
    if not on_postgres(database.url):
        return
    wanted = {Month.of(now), Month.of(now).following}
    async with database.reading() as session:
        seen = table("visits_other", column("first_seen", UtcDateTime)).c.first_seen
        begin = func.date_trunc("month", seen, "UTC", type_=UtcDateTime)
        wanted |= {Month.of(instant) for instant in await session.scalars(select(begin).distinct())}
        missing = sorted(wanted - await _there(session))
    for month in missing:
        if await _patiently(database, partial(_made, month=month), f"visits of {month} have no partition of their own"):
            _log.info("visits of %s have a partition of their own", month)


async def make(connection: AsyncConnection | AsyncSession, months: Iterable[Month]) -> Collection[Month]:
    """Make the partitions of these months, but of those that have them, within the connection's transaction.

    Triggers are not asked while rows move there from `…_other`: nothing has happened to these visits.

    Returns:
        The months that had none.
    """
    await connection.execute(_ALONE)
    missing = sorted(set(months) - await _there(connection))
    for month in missing:
        for name in TABLES:
            await connection.execute(text(f"CREATE TABLE {month.partition(name)} (LIKE {name} INCLUDING ALL)"))
        await connection.execute(_LOCKED)
        for name in TABLES:
            await _move(connection, month, name)
            attach = f"ALTER TABLE {name} ATTACH PARTITION {month.partition(name)}"
            await connection.execute(text(f"{attach} FOR VALUES FROM ('{month.begin}') TO ('{month.following.begin}')"))
    return missing


async def drop_before(database: Database, before: datetime) -> int:
    """Drop every month that is over and of which no visit was recorded since an instant; how many visits that were.

    A visit of long ago can have been recorded lately, from a file. Nothing happens on SQLite.
    """
    if not on_postgres(database.url):
        return 0
    gone = 0
    async with database.reading() as session:
        over = [month for month in sorted(await _there(session)) if month < Month.of(before)]
        old = {month: number for month in over if (number := await _number(session, month, before)) is not None}
    for month, number in old.items():
        drop = partial(_drop, month=month, before=before)
        if await _patiently(database, drop, f"{month} cannot be dropped as a whole"):
            gone += number
            _log.info("dropped %s, %d visits", month, number)
    return gone


async def survey(database: Database) -> None:
    """Let PostgreSQL know what is in all months together, where that has grown by a tenth; it looks at each by itself.

    Without that it takes the few cards that are due for many, and reads every card of the year for them.

    Raises:
        DatabaseError: the tables cannot be read.
    """
    if not on_postgres(database.url):
        return
    async with database.reading() as session:
        grown = [name for name in TABLES if await session.scalar(_GROWN, {"name": name})]
    for name in grown:
        async with database.session() as session:
            await session.execute(text(f"SET LOCAL default_statistics_target = {_SAMPLED}"))
            await session.execute(text(f"ANALYZE {name}"))


async def _made(session: AsyncSession, month: Month) -> bool:
    """Make one month; False where it is there."""
    return month in await make(session, [month])


async def _there(connection: AsyncConnection | AsyncSession) -> set[Month]:
    """The months that have partitions."""
    names = (await connection.execute(text("SELECT CAST(relid AS text) FROM pg_partition_tree('visits')"))).scalars()
    found = [re.fullmatch(r"visits_(\d{4,})_(\d\d)", name) for name in names]
    return {Month(int(match[1]), int(match[2])) for match in found if match}


async def _move(connection: AsyncConnection | AsyncSession, month: Month, name: str) -> None:
    """Move what is of this month from `…_other` into its partition, which is not attached yet."""
    columns = METADATA.tables[name].columns.keys()
    other, own = (table(part, *map(column, columns)) for part in (f"{name}_other", month.partition(name)))
    seen = other.c[TABLES[name]]
    its = and_(seen >= literal_column(f"'{month.begin}'"), seen < literal_column(f"'{month.following.begin}'"))
    if not (await connection.execute(select(exists().where(its)))).scalar():
        return
    await connection.execute(insert(own).from_select(columns, select(other).where(its)))
    await connection.execute(text(f"ALTER TABLE {name}_other DISABLE TRIGGER USER"))
    await connection.execute(delete(other).where(its))
    await connection.execute(text(f"ALTER TABLE {name}_other ENABLE TRIGGER USER"))


async def _number(session: AsyncSession, month: Month, before: datetime) -> int | None:
    """How many visits a month has, None where one was recorded since an instant."""
    visits = _visits(month)
    if await session.scalar(select(exists().where(visits.c.recorded_at >= before))):
        return None
    return await session.scalar(select(func.count()).select_from(visits))


async def _drop(session: AsyncSession, month: Month, before: datetime) -> bool:
    """Drop a month; False where a visit of it was recorded meanwhile, or it is gone."""
    await session.execute(_ALONE)
    await session.execute(_LOCKED)  # before anything is looked at, so that it stays true
    visits = _visits(month)
    if month not in await _there(session) or await session.scalar(
        select(exists().where(visits.c.recorded_at >= before))
    ):
        return False
    await session.execute(delete(Snapshot).where(Snapshot.visit_id.in_(select(visits.c.id))))
    await session.execute(text(f"DROP TABLE {', '.join(month.partition(name) for name in TABLES)}"))
    return True


def _visits(month: Month) -> TableClause:
    return table(month.partition("visits"), column("id"), column("recorded_at", UtcDateTime))


async def _patiently(database: Database, work: Callable[[AsyncSession], Awaitable[bool]], otherwise: str) -> bool:
    """What `work` comes to in a transaction that waits for nobody long; False, and `otherwise` logged, if it fails."""
    for left in reversed(range(_TRIES)):
        try:
            async with database.session() as session:
                await session.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
                return await work(session)
        except DatabaseError as error:
            if not left:
                _log.warning("%s until the next try, in an hour: %s", otherwise, error)
                return False
        await asyncio.sleep(_PAUSE_SECONDS)
    return False
