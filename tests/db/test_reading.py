"""Reading in a thread: one moment of the database, and no way to change it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import visits
from db.engine import Database
from db.errors import DatabaseError
from db.models import Visit
from tests.databases import ON_POSTGRES, ON_SQLITE
from tests.visits import new_visit


@ON_SQLITE
async def test_reading_in_a_thread_sees_one_moment_and_refuses_to_write(database: Database) -> None:
    def count(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(Visit)) or 0

    def count_twice_around_a_visit(session: Session) -> tuple[int, int]:
        before = count(session)
        asyncio.run_coroutine_threadsafe(_write(), loop).result(10)
        return before, count(session)

    async def _write() -> None:
        async with database.session() as session:
            await visits.record(session, new_visit(datetime.now(UTC)), notify=False)

    loop = asyncio.get_running_loop()
    assert await database.read(count_twice_around_a_visit) == (0, 0)
    assert await database.read(count) == 1
    with pytest.raises(DatabaseError, match="may not be written"):
        await database.read(lambda session: session.execute(delete(Visit)))


async def test_reading_sees_one_moment(database: Database) -> None:
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Visit)) == 0
        async with database.session() as writing:
            await visits.record(writing, new_visit(datetime.now(UTC)), notify=False)
        assert await session.scalar(select(func.count()).select_from(Visit)) == 0


@ON_POSTGRES
async def test_who_only_reads_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseError, match="may not be written"):
        await database.read(lambda session: session.execute(delete(Visit)))


async def test_a_database_that_is_none_is_told_in_a_sentence_when_read_in_a_thread(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("this is no database " * 50)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/notes.db")
    with pytest.raises(DatabaseError, match="is not a database"):
        await database.read(lambda session: session.scalar(select(Visit.id)))
    await database.close()
