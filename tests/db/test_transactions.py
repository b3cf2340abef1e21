"""What a session promises: all or nothing, durable, and writers that take turns."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from db import cameras, visits
from db.cameras import CameraReport
from db.engine import Database
from db.errors import DatabaseError
from tests.databases import ON_POSTGRES, ON_SQLITE


async def counts(database: Database, *tables: str) -> list[int]:
    async with database.reading() as session:
        return [await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables]


@ON_SQLITE
async def test_every_connection_is_durable_and_checks_foreign_keys(database: Database) -> None:
    async def pragmas() -> list[object]:
        async with database.reading() as session:
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            values = [await session.scalar(text(f"PRAGMA {name}")) for name in names]
            await asyncio.sleep(0.05)  # so that the next one needs a connection of its own
            return values

    assert await asyncio.gather(pragmas(), pragmas()) == [["wal", 2, 1, 10_000]] * 2


async def test_an_exception_leaves_neither_visit_nor_deliveries(database, make_visit, hire) -> None:
    await hire("Anna", 1001)

    async def stumble() -> None:
        async with database.session() as session:
            assert await visits.record(session, make_visit(), notify=True)
            raise RuntimeError("the worker stumbled")

    with pytest.raises(RuntimeError, match="the worker stumbled"):
        await stumble()

    assert await counts(database, "visits", "deliveries", "snapshots", "cameras") == [0] * 4


KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from db import cameras, visits
from db.cameras import CameraReport
from db.engine import Database
now = datetime.now(UTC)

async def main():
    database = Database(sys.argv[1])
    for name, commits in (("first", True), ("second", False)):
        async with database.session() as session:
            await visits.record(session, visits.NewVisit(
                name, "Entrance", "camera", now, now, now, 3, None, None, None, None, "unknown", None, [], {},
                "general", 0.3, [], "too little was seen", b"jpeg"), notify=True)
            if not commits:
                os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_killed_process_leaves_whole_visits_only(database, hire, url) -> None:
    await hire("Anna", 1001)

    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, url)

    assert await process.wait() == -9
    assert await counts(database, "visits", "deliveries", "snapshots") == [1, 1, 1]


async def test_writers_who_say_what_they_will_change_take_turns(database: Database, database_kind: str) -> None:
    lock = " FOR UPDATE" if database_kind == "postgresql" else ""  # SQLite lets one writer in at a time
    async with database.session() as session:
        await session.execute(text("CREATE TABLE counter (n INTEGER)"))
        await session.execute(text("INSERT INTO counter VALUES (0)"))

    async def increment() -> None:
        async with database.session() as session:
            n = await session.scalar(text("SELECT n FROM counter" + lock))
            await asyncio.sleep(0)
            await session.execute(text("UPDATE counter SET n = :n"), {"n": (n or 0) + 1})

    await asyncio.gather(*(increment() for _ in range(100)))

    async with database.reading() as session:
        assert await session.scalar(text("SELECT n FROM counter")) == 100


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.session() as writing:
        await writing.execute(text("DELETE FROM visits"))
        async with asyncio.timeout(20), database.reading() as reading:
            assert await reading.scalar(text("SELECT count(*) FROM visits")) == 0


@ON_SQLITE
async def test_a_lock_held_too_long_is_one_sentence(database: Database, tmp_path: Path) -> None:
    async with database.reading() as session:  # the one pooled connection, made impatient for this test
        await session.execute(text("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(tmp_path / "amiko.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(DatabaseError, match=r"amiko\.db is locked by another program for too long"):
        async with database.session() as session:
            await session.execute(text("DELETE FROM visits"))

    other.execute("ROLLBACK")
    other.close()
    async with database.session() as session:
        await session.execute(text("DELETE FROM visits"))


@ON_POSTGRES
async def test_a_row_locked_too_long_is_one_sentence(url: str) -> None:
    one, other = Database(url), Database(url, patience_seconds=0.05)
    async with one.session() as session:
        await session.execute(text("CREATE TABLE counter (n INTEGER)"))
        await session.execute(text("INSERT INTO counter VALUES (0)"))

    async with one.session() as session:
        await session.execute(text("UPDATE counter SET n = 1"))
        with pytest.raises(DatabaseError, match="is locked by another program for too long; try again"):
            async with other.session() as waiting:
                await waiting.execute(text("UPDATE counter SET n = 2"))

    async with other.session() as session:
        await session.execute(text("UPDATE counter SET n = 2"))
    await one.close()
    await other.close()


async def test_whoever_is_cancelled_amid_a_transaction_leaves_no_lock_behind(database: Database) -> None:
    """Wherever that is: at BEGIN, amid a statement, at COMMIT. The next writer goes on."""
    impatient = Database(database.url, patience_seconds=0.5)
    cancelled = []  # their tracebacks hold cursors

    async def write(dropped: int) -> None:
        async with impatient.session() as session:
            await cameras.write(session, [CameraReport("door", "running", 9.0, dropped, 0, None, None)])

    try:
        for step in range(80):
            writing = asyncio.create_task(write(-1))
            await asyncio.sleep(step / 4000)
            writing.cancel()
            cancelled += await asyncio.gather(writing, return_exceptions=True)
            await write(step)
    finally:
        await impatient.close()
    assert any(isinstance(result, asyncio.CancelledError) for result in cancelled)
    async with database.reading() as session:
        assert (await cameras.statuses(session, ["door"]))["door"].report.dropped == 79
