"""Kept figures go where the visits go: by copy, by backup, by migration; each visit counts once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import delete

from db import migrate, rollup_figures, rollups, shops, statistics
from db.backup import backup, restore
from db.copying import copy
from db.engine import Database, connect
from db.figures import Figures, Span
from db.models import Visit
from tests.databases import ON_POSTGRES
from tests.past import came

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
WEEK = [Span([MONDAY + timedelta(days=n) for n in range(8)])]


@pytest.fixture
async def target(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """Another PostgreSQL database, with nothing in it."""
    servers = request.getfixturevalue("postgres_databases")
    name = servers.make(request.getfixturevalue("_migrated_template"))
    database = Database(servers.url(name))
    yield database
    await database.close()
    servers.drop(name)


async def visitors(database: Database) -> None:
    """Three a day for five days, of which those of the first two days were folded."""
    async with database.session() as session:
        await shops.settle(session, "shop", "UTC")
    for hour in range(0, 120, 8):
        await came(database, MONDAY + timedelta(hours=hour), taken_after=10 + hour)
        if hour == 40:
            await rollups.fold(database)


async def told(database: Database) -> Figures:
    async with database.reading() as session:
        return await statistics.figures(session, WEEK)


async def kept(database: Database) -> Figures | None:
    async with database.reading() as session:
        return await rollup_figures.figures(session, WEEK)


async def test_a_copy_has_the_figures_of_its_source(database: Database, target: Database) -> None:
    await visitors(database)
    before = await told(database)

    assert (await copy(database, target)).differing == []

    after = await kept(target)
    assert after is not None
    assert (after.slots, after.states, after.people) == (before.slots, before.states, before.people)
    assert after.slots == (3, 3, 3, 3, 3, 0, 0)
    assert after.median_seconds == pytest.approx(before.median_seconds, rel=0.02)
    await came(target, MONDAY + timedelta(days=6))
    assert (await told(target)).slots == (3, 3, 3, 3, 3, 0, 1)


@ON_POSTGRES
async def test_a_copy_brings_the_figures_of_deleted_visits_along(database: Database, target: Database) -> None:
    await visitors(database)
    before = await told(database)
    async with database.session() as session:
        await session.execute(delete(Visit).where(Visit.first_seen < MONDAY + timedelta(days=3)))

    assert (await copy(database, target)).differing == []

    assert await told(target) == before


@ON_POSTGRES
async def test_what_went_to_a_file_and_came_back_with_more_counts_once(
    database: Database, target: Database, tmp_path: Path
) -> None:
    await visitors(database)
    async with database.session() as session:
        await session.execute(delete(Visit).where(Visit.first_seen < MONDAY + timedelta(days=1)))
    file = Database(f"sqlite+aiosqlite:///{tmp_path}/one.db")
    assert (await copy(database, file)).differing == []
    await came(file, MONDAY + timedelta(days=5), state="missed")

    assert (await copy(file, target)).differing == []

    assert (await told(target)).slots == (3, 3, 3, 3, 3, 1, 0)
    assert (await told(target)).states == {"served": 15, "missed": 1}
    await file.close()


@ON_POSTGRES
async def test_a_backup_counts_no_visit_twice(database: Database, tmp_path: Path) -> None:
    await visitors(database)
    before = await told(database)
    await backup(database, tmp_path / "monday.tar", tmp_path / "models", pictures=False, force=False)
    await came(database, MONDAY)

    await restore(database, tmp_path / "monday.tar", tmp_path / "models", force=True)

    assert await told(database) == before
    await came(database, MONDAY + timedelta(days=6))
    assert (await told(database)).slots == (3, 3, 3, 3, 3, 0, 1)


@ON_POSTGRES
async def test_an_upgrade_counts_what_is_there(database: Database, url: str) -> None:
    await visitors(database)
    before = await told(database)

    await asyncio.to_thread(asyncio.run, _downgraded(url, "0008"))
    await database.upgrade()

    assert await told(database) == before
    await came(database, MONDAY + timedelta(days=6))
    assert (await told(database)).slots == (3, 3, 3, 3, 3, 0, 1)


async def _downgraded(url: str, version: str) -> None:
    engine = connect(url, foreign_keys=False)
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(migrate.configuration(c), version))
    await engine.dispose()
