"""The schema: made, kept in step with the models, taken back, and refused where it is not ours."""

from __future__ import annotations

import asyncio
import logging
import re
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text, update

from db import migrate, revisions, shop_models, staff, visits  # noqa: F401  (the shop's tables)
from db.base import Base
from db.engine import Database, connect
from db.errors import DatabaseError
from db.models import Snapshot, Visit
from tests.visits import new_visit


async def with_connection(url: str, work: Any) -> Any:
    engine = connect(url, foreign_keys=False)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def tables(url: str) -> set[str]:
    return set(await with_connection(url, lambda connection: inspect(connection).get_table_names()))


def differences(connection: Connection) -> list[Any]:
    """Between the models and the tables, but for what stands in its own place on PostgreSQL: `db.partitions`."""

    def expected(thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        parts = r"(visits|deliveries|outcomes)_(\d{4}_\d\d|other)"
        partition = kind == "table" and re.fullmatch(parts, name or "")
        to_months = kind == "foreign_key_constraint" and thing.referred_table.name == "visits"
        return connection.dialect.name == "sqlite" or not (partition or to_months)

    context = MigrationContext.configure(connection, opts={"include_object": expected})
    return compare_metadata(context, Base.metadata)


async def test_the_migrations_make_exactly_the_tables_of_the_models(database: Database, url: str) -> None:
    assert await with_connection(url, differences) == []


async def test_the_migrations_enforce_the_checks_of_the_models(database: Database, database_kind: str) -> None:
    told = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",
        "postgresql": "SELECT conname FROM pg_constraint",
    }
    wanted = {c.name for table in Base.metadata.tables.values() for c in table.constraints if c.name}
    if database_kind == "postgresql":  # triggers stand in their place
        wanted -= {f"fk_{table}_visit_id" for table in ("snapshots", "deliveries", "outcomes")}
    async with database.reading() as session:
        made = " ".join(await session.scalars(text(told[database_kind])))
    assert {name for name in wanted if str(name) not in made} == set()


async def test_every_migration_can_be_taken_back_and_made_again(database: Database, url: str) -> None:
    full = await tables(url)

    await with_connection(url, lambda c: command.downgrade(migrate.configuration(c), "base"))
    assert await tables(url) == {"alembic_version"}

    await database.upgrade()
    assert await tables(url) == full


async def test_visits_that_an_older_version_left_open_are_closed(database: Database, url: str) -> None:
    seen = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    ids = [f"00000000-0000-4000-8000-{n:012}" for n in range(3)]
    async with database.session() as session:
        for id, state in zip(ids, ["offered", "claimed", "recorded"], strict=True):
            await visits.record(session, new_visit(seen, id=id), notify=False)
            claimed_at = seen if state == "claimed" else None
            await session.execute(update(Visit).where(Visit.id == id).values(state=state, claimed_at=claimed_at))

    await with_connection(url, lambda c: command.downgrade(migrate.configuration(c), "0001"))
    await database.upgrade()

    async with database.reading() as session:
        rows = await session.execute(select(Visit.state, Visit.closed_at.is_(None)).order_by(Visit.id))
        assert [tuple(row) for row in rows] == [("missed", False), ("unknown", False), ("recorded", True)]


async def test_upgrading_creates_missing_folders_and_leaves_logging_alone(tmp_path: Path) -> None:
    handlers, level = list(logging.root.handlers), logging.root.level
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/a shop/100% new/amiko.db")

    await database.upgrade()

    await database.close()
    assert "visits" in await tables(database.url)
    assert (logging.root.handlers, logging.root.level) == (handlers, level)


async def test_processes_that_start_together_may_all_upgrade(empty_database_url: str) -> None:
    code = "import asyncio, sys; from db.engine import Database; asyncio.run(Database(sys.argv[1]).upgrade())"
    starts = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, empty_database_url, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    ends = await asyncio.gather(*(process.communicate() for process in starts))

    assert [(process.returncode, err) for process, (_, err) in zip(starts, ends, strict=True)] == [(0, b"")] * 4
    assert "visits" in await tables(empty_database_url)


async def test_a_schema_from_the_future_is_refused(database: Database, url: str) -> None:
    async with database.session() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseError, match=r"was made by a newer version of Amiko; update this one"):
        await Database(url).upgrade()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("These are the notes of a shop keeper, and no database at all. " * 40)

    with pytest.raises(DatabaseError, match=r"notes\.db is not a database; move it away"):
        await Database(f"sqlite+aiosqlite:///{file}").upgrade()
    assert file.read_text().startswith("These are the notes")


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseError, match=r"the folder .*/file/data for the database cannot be created"):
        await Database(f"sqlite+aiosqlite:///{tmp_path}/file/data/amiko.db").upgrade()


async def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="cannot be opened; check"):
        await Database(f"sqlite+aiosqlite:///{tmp_path}").upgrade()


async def test_a_database_that_was_never_prepared_says_how_to(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with pytest.raises(DatabaseError, match="has not been prepared; run: amiko db upgrade"):
        async with database.reading() as session:
            await session.execute(text("SELECT * FROM visits"))
    await database.close()


async def test_pictures_move_into_files_and_back_into_rows(url: str, tmp_path: Path) -> None:
    database = Database(url, pictures=tmp_path / "shop" / "pictures")
    seen, jpeg = datetime(2026, 5, 4, 12, 30, tzinfo=UTC), b"\xff\xd8 a picture \xff\xd9"
    mine, sealed = (new_visit(seen, snapshot=jpeg) for _ in range(2))
    async with database.session() as session:
        for visit in (mine, sealed):
            await visits.record(session, visit, notify=False)
    folder = database.snapshots.folder
    database.snapshots.write(mine.id, jpeg)
    (folder / f"{sealed.id}.sealed").write_bytes(b"nobody but the bot can open this")

    await with_connection(url, lambda c: command.downgrade(migrate.configuration(c, folder), "0003"))
    rows = await with_connection(url, lambda c: c.execute(text("SELECT visit_id, jpeg FROM snapshots")).all())
    assert rows == [(mine.id, jpeg)]
    assert list(folder.iterdir()) == []

    folder.rmdir()
    await database.upgrade()
    (file,) = folder.iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, file)] == [0o700, 0o600]
    assert database.snapshots.read(mine.id) == jpeg
    async with database.reading() as session:
        assert list(await session.scalars(select(Snapshot.visit_id))) == [mine.id]
    await database.close()


async def test_only_cameras_visits_that_nobody_was_told_of_become_those_of_a_till(database: Database, url: str) -> None:
    seen = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    kinds = [("camera", "recorded"), ("camera", "served"), ("replay", "recorded")]
    ids = [f"00000000-0000-4000-8000-{n:012}" for n in range(3)]
    async with database.session() as session:
        for id, (origin, state) in zip(ids, kinds, strict=True):
            await visits.record(session, new_visit(seen, id=id, origin=origin), notify=False)
            await session.execute(update(Visit).where(Visit.id == id).values(state=state))

    await with_connection(url, lambda c: command.downgrade(migrate.configuration(c), "0003"))
    await database.upgrade()

    async with database.reading() as session:
        tills = await session.scalars(select(Visit.checkout).order_by(Visit.id))
        assert list(tills) == [True, False, False]
