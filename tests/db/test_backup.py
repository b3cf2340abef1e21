"""A backup is made while others write, is checked, and comes back whole or not at all."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text

from db import postgres_tools
from db.backup import backup, restore
from db.base import Base
from db.engine import Database
from db.errors import DatabaseError
from db.nudge import Nudges
from db.shop_models import Customer
from tests.databases import ON_POSTGRES, ON_SQLITE
from tests.db.filled import fill
from tests.worker import disks

ROOT = Path(__file__).resolve().parents[2]
TABLES = Base.metadata.sorted_tables


@pytest.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with something in every table, a picture of each kind, and a model."""
    database = Database(database_url)
    async with database.session() as session:
        await fill(session, 20)
    database.snapshots.folder = tmp_path / "pictures"
    database.snapshots.folder.mkdir()
    (database.snapshots.folder / "a.jpg").write_bytes(b"plain")
    (database.snapshots.folder / "b.sealed").write_bytes(b"\x00 sealed")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "churn-1.skops").write_bytes(b"a model")
    yield database
    await database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "monday.tar"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


async def rows(database: Database) -> dict[str, int]:
    async with database.reading() as session:
        return {table.name: await session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES}


async def empty(database: Database) -> None:
    async with database.session() as session:
        for table in reversed(TABLES):
            await session.execute(delete(table))


def damage(file: Path, how: str) -> None:
    data = bytearray(file.read_bytes())
    match how:
        case "cut":
            del data[len(data) // 2 :]
        case "changed":
            data[5000] ^= 1
        case "emptied":
            data.clear()
        case "overwritten":
            data[len(data) // 2 :] = os.urandom(len(data) // 2)
        case "replaced":
            data = bytearray(b"no database" * 1000)
            file.with_name(file.name + "-wal").write_bytes(b"left over")
    file.write_bytes(data)


def unpacked(backup: Path) -> Path:
    """The database of a backup."""
    with tarfile.open(backup) as tar:
        tar.extract("database", backup.parent, filter="data")
    return backup.parent / "database"


def watched_programs(folder: Path) -> Path:
    """PostgreSQL's programs, each of which writes down how it was called."""
    folder.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        real = shutil.which(name) or max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        (folder / name).write_text(f'#!/bin/sh\necho "$0 $@" >> {folder}/called\nexec {real} "$@"\n')
        (folder / name).chmod(0o755)
    return folder / "called"


async def test_a_backup_brings_everything_back(shop: Database, file: Path, models: Path) -> None:
    before = await rows(shop)
    about = await backup(shop, file, models, pictures=True, force=False)
    await empty(shop)
    shutil.rmtree(shop.snapshots.folder)
    shutil.rmtree(models)

    await shop.close()
    assert await restore(shop, file, models, force=True) == about

    assert await rows(shop) == before
    assert {path.name: path.read_bytes() for path in shop.snapshots.folder.iterdir()} == {
        "a.jpg": b"plain",
        "b.sealed": b"\x00 sealed",
    }
    assert (models / "churn-1.skops").read_bytes() == b"a model"
    modes = [
        stat.S_IMODE(path.stat().st_mode) for path in (file, shop.snapshots.folder, shop.snapshots.folder / "a.jpg")
    ]
    assert modes == [0o600, 0o700, 0o600]
    assert list(file.parent.iterdir()) == [file]  # nothing unfinished is left


async def test_pictures_stay_out_unless_asked_for(shop: Database, file: Path, models: Path) -> None:
    about = await backup(shop, file, models, pictures=False, force=False)
    assert (about.number("models"), about.number("pictures")) == (1, 0)
    with tarfile.open(file) as tar:
        assert sorted(tar.getnames()) == ["about.json", "database", "models/churn-1.skops"]


async def test_a_database_that_is_there_is_not_replaced_by_accident(shop: Database, file: Path, models: Path) -> None:
    await backup(shop, file, models, pictures=False, force=False)
    before = await rows(shop)
    with pytest.raises(DatabaseError, match="is there already; --force replaces it"):
        await restore(shop, file, models, force=False)
    with pytest.raises(DatabaseError, match=r"monday\.tar is there already; choose another name, or --force"):
        await backup(shop, file, models, pictures=False, force=False)
    assert await rows(shop) == before


async def test_a_database_that_a_worker_uses_is_not_replaced(shop: Database, file: Path, models: Path) -> None:
    await backup(shop, file, models, pictures=False, force=False)
    async with shop.session() as session:
        state = Base.metadata.tables["camera_states"]
        await session.execute(state.update().values(state="running", updated_at=datetime.now(UTC)))
    with pytest.raises(DatabaseError, match="is in use by a worker; stop Amiko first"):
        await restore(shop, file, models, force=True)


@ON_SQLITE
async def test_a_database_that_a_bot_serves_is_not_replaced(shop: Database, file: Path, models: Path) -> None:
    await backup(shop, file, models, pictures=False, force=False)
    async with Nudges(shop.url):
        with pytest.raises(DatabaseError, match="is in use by a bot; stop Amiko first"):
            await restore(shop, file, models, force=True)


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied"])
async def test_a_damaged_backup_changes_nothing(shop: Database, file: Path, models: Path, harm: str) -> None:
    await backup(shop, file, models, pictures=True, force=False)
    damage(file, harm)
    before = await rows(shop)
    with pytest.raises(DatabaseError, match=r"monday\.tar is (damaged|no backup of Amiko)"):
        await restore(shop, file, models, force=True)
    assert await rows(shop) == before


async def test_a_backup_of_the_future_is_refused(shop: Database, file: Path, models: Path) -> None:
    async with shop.session() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await backup(shop, file, models, pictures=False, force=False)
    with pytest.raises(DatabaseError, match=r"was made by a newer version of Amiko \(.*\); update this one"):
        await restore(shop, file, models, force=True)


@ON_SQLITE
async def test_a_backup_is_of_one_moment_while_a_writer_writes(shop: Database, file: Path, models: Path) -> None:
    # Each transaction adds one customer and one session, so that a backup with a half of one shows.
    code = (
        "import sqlite3, sys, itertools\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)\n"
        "filler = 'x' * 60\n"
        "for n in itertools.count(10**6):\n"
        "    db.execute('BEGIN IMMEDIATE')\n"
        "    db.execute('INSERT INTO a VALUES (?, ?)', (n, filler))\n"
        "    db.execute('INSERT INTO b VALUES (?, ?)', (n, filler))\n"
        "    db.execute('COMMIT')\n"
    )
    path = shop.url.removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE a (n INTEGER, f TEXT); CREATE TABLE b (n INTEGER, f TEXT);")
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", code, path)
    seen = []
    try:
        for number in range(5):
            await asyncio.sleep(0.2)
            await backup(shop, target := file.with_name(f"{number}.tar"), models, pictures=False, force=False)
            with closing(sqlite3.connect(unpacked(target))) as copy:
                ((a, last),) = copy.execute("SELECT count(*), max(n) FROM a").fetchall()
                assert copy.execute("SELECT count(*), max(n) FROM b").fetchall() == [(a, last)]
            seen.append(a)
        assert writer.returncode is None  # no backup has stopped it
    finally:
        writer.kill()
        await writer.wait()
    assert sorted(set(seen)) == seen  # it went on writing between them, and during them


@ON_SQLITE
async def test_a_restore_that_is_killed_leaves_the_old_one(shop: Database, file: Path, models: Path) -> None:
    await backup(shop, file, models, pictures=True, force=False)
    async with shop.session() as session:
        await session.execute(delete(Customer).where(Customer.dropped.is_(None)))
    before = await rows(shop)
    await shop.close()
    code = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from db import sqlite_copies\n"
        "from db.backup import restore\n"
        "from db.engine import Database\n"
        "sqlite_copies.os.fsync = lambda file: os.kill(os.getpid(), 9)\n"
        "asyncio.run(restore(Database(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), True))"
    )
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", code, shop.url, file, models, cwd=ROOT)
    assert await killed.wait() == -9
    assert await rows(shop) == before


@ON_SQLITE
async def test_a_damaged_database_can_be_replaced(shop: Database, file: Path, models: Path) -> None:
    before = await rows(shop)
    await backup(shop, file, models, pictures=False, force=False)
    await shop.close()
    damage(Path(shop.url.removeprefix("sqlite+aiosqlite:///")), "replaced")

    await restore(shop, file, models, force=True)
    assert await rows(shop) == before


@ON_SQLITE
async def test_a_damaged_database_is_not_saved_as_if_it_were_whole(shop: Database, file: Path, models: Path) -> None:
    await shop.close()
    damage(Path(shop.url.removeprefix("sqlite+aiosqlite:///")), "overwritten")
    with pytest.raises(DatabaseError, match="is damaged"):
        await backup(shop, file, models, pictures=False, force=False)
    assert list(file.parent.iterdir()) == []


@ON_POSTGRES
async def test_a_dump_is_unpacked_beside_its_backup_and_where_there_is_no_room_is_told(
    shop: Database, small_disk: Path, models: Path
) -> None:
    file = small_disk / "monday.tar"
    await backup(shop, file, models, pictures=False, force=False)
    disks.fill(small_disk)
    with pytest.raises(DatabaseError, match=rf"cannot be unpacked into {small_disk} \(No space left .*make room there"):
        await restore(shop, file, models, force=True)
    disks.room(small_disk)
    await restore(shop, file, models, force=True)


@ON_POSTGRES
async def test_a_dump_that_fails_half_way_changes_nothing(shop: Database, file: Path, models: Path) -> None:
    await backup(shop, file, models, pictures=False, force=False)
    before = await rows(shop)
    dump = unpacked(file)
    dump.write_bytes(dump.read_bytes()[:-2000])

    with pytest.raises(DatabaseError, match="the database is as it was"):
        await postgres_tools.restore(shop.url, 15, dump, [table.name for table in TABLES])
    assert await rows(shop) == before


@ON_POSTGRES
async def test_no_password_is_on_a_command_line(
    shop: Database, file: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = watched_programs(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin", prepend=os.pathsep)
    await backup(shop, file, models, pictures=False, force=False)
    await restore(shop, file, models, force=True)
    called = written.read_text()
    assert all(name in called for name in ("pg_dump", "pg_restore", "psql"))
    assert "swordfish" not in called


@ON_POSTGRES
@pytest.mark.parametrize(
    ("said", "says"),
    [("pg_dump (PostgreSQL) 9.6.24", r"pg_dump is of PostgreSQL 9, older than the server \(\d+\); install"),
     (None, "pg_dump is not installed; on Debian: apt-get install postgresql-client")],
)  # fmt: skip
async def test_a_missing_or_old_pg_dump_is_told(
    shop: Database,
    file: Path,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: str | None,
    says: str,
) -> None:
    if said:
        (tmp_path / "pg_dump").write_text(f"#!/bin/sh\necho '{said}'\n")
        (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("db.postgres_tools._DEBIAN", tmp_path / "none")
    with pytest.raises(DatabaseError, match=says):
        await backup(shop, file, models, pictures=False, force=False)


@ON_POSTGRES
async def test_a_dump_is_not_restored_to_sqlite(shop: Database, file: Path, models: Path, tmp_path: Path) -> None:
    await backup(shop, file, models, pictures=False, force=False)
    other = Database(f"sqlite+aiosqlite:///{tmp_path}/other.db")
    with pytest.raises(DatabaseError, match=r"is of a postgresql database, .* move that with amiko db copy"):
        await restore(other, file, models, force=False)
    assert not (tmp_path / "other.db").exists()
