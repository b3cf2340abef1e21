"""A shop moves from one database into another: every row, or none."""

from __future__ import annotations

import asyncio
import stat
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from db.base import Base
from db.copying import Copied, copy
from db.engine import Database
from db.errors import DatabaseError
from db.shop_models import Customer, QuarantinedRow
from tests.db.filled import fill

NOW = datetime(2026, 5, 4, 12, 30, 15, 250_001, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
ON = ["sqlite", "postgresql"]
FIGURES = {"visit_hours", "visit_days", "visit_waits", "visit_changes", "shops"}  # of shops: by which clock they count
Make = Callable[[str], Awaitable[Database]]


@pytest.fixture
async def make(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Makes a new database of a kind: a file that is not there yet, or tables with nothing in them."""
    made: list[Database] = []
    names: list[str] = []

    async def make(kind: str) -> Database:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        url = f"sqlite+aiosqlite:///{folder}/amiko.db"
        if kind == "postgresql":
            servers = request.getfixturevalue("postgres_databases")
            names.append(servers.make(request.getfixturevalue("_migrated_template")))
            url = servers.url(names[-1])
        made.append(Database(url))
        made[-1].snapshots.folder = folder / "pictures"
        return made[-1]

    yield make
    for database in made:
        await database.close()
    for name in names:
        request.getfixturevalue("postgres_databases").drop(name)


async def filled(database: Database, rows: int = 50) -> Database:
    await database.upgrade()
    async with database.session() as session:
        await fill(session, rows)
    return database


async def rows_in(database: Database) -> dict[str, int]:
    async with database.reading() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def checksums(copied: Copied) -> dict[str, str]:
    return {table.name: str(table.target) for table in copied.tables}


def without_figures(tables: dict[str, Any]) -> dict[str, Any]:
    """All but what PostgreSQL counts anew when it comes from a SQLite file; `test_rollups` has more of it."""
    return {name: told for name, told in tables.items() if name not in FIGURES}


@pytest.mark.parametrize(("there", "back"), [("postgresql", "sqlite"), ("postgresql", "postgresql")])
async def test_a_shop_comes_back_as_it_went(make: Make, there: str, back: str) -> None:
    source = await filled(await make("sqlite"))
    before = await rows_in(source)
    assert min(before.values()) > 1  # no table goes untested

    first = await copy(source, middle := await make(there))
    second = await copy(middle, last := await make(back))

    assert (first.differing, second.differing) == ([], [])
    assert without_figures(checksums(first)) == without_figures(checksums(second))
    assert without_figures({table.name: table.source.rows for table in second.tables}) == without_figures(before)
    assert without_figures(await rows_in(last)) == without_figures(before)
    assert await rows_in(source) == before
    assert len(set(checksums(first).values())) == len(before)


@pytest.mark.parametrize("kind", ON)
async def test_what_comes_after_a_copy_is_numbered_on(make: Make, kind: str) -> None:
    await copy(await filled(await make("sqlite")), target := await make(kind))
    async with target.session() as session:
        last = await session.scalar(select(func.max(QuarantinedRow.id))) or 0
        session.add(row := QuarantinedRow(kind="customers", file="a", line=1, reason="b", content="c", imported_at=NOW))
        await session.flush()
        assert row.id == last + 1


async def test_a_copy_is_of_one_moment(make: Make) -> None:
    source = await filled(await make("sqlite"))
    before = await rows_in(source)
    writing: list[threading.Thread] = []

    def told(table: str, _rows: int) -> None:
        if not writing:  # the first table is under way, later ones are not
            writing.append(threading.Thread(target=asyncio.run, args=(one_more(source.url),)))
            writing[0].start()
            writing[0].join()

    copied = await copy(source, target := await make("sqlite"), told)

    assert copied.differing == []
    assert await rows_in(target) == before
    assert (await rows_in(source))["customers"] == before["customers"] + 1


async def one_more(url: str) -> None:
    database = Database(url)
    async with database.session() as session:
        row = (await session.execute(select(Customer).limit(1))).scalar_one()
        values = {column.name: getattr(row, column.name) for column in Customer.__table__.columns}
        session.add(Customer(**values | {"id": 7}))
    await database.close()


@pytest.mark.parametrize("kind", ON)
async def test_a_killed_copy_leaves_nothing_and_can_be_made_again(make: Make, kind: str) -> None:
    source, target = await filled(await make("sqlite")), await make(kind)
    code = (
        "import asyncio, os, sys\n"
        "from db.copying import copy\n"
        "from db.engine import Database\n"
        "told = lambda table, rows: table == 'visits' and os.kill(os.getpid(), 9)\n"
        "asyncio.run(copy(Database(sys.argv[1]), Database(sys.argv[2]), told))"
    )
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", code, source.url, target.url, cwd=ROOT)
    assert await killed.wait() == -9

    new = await make("sqlite")
    await new.upgrade()
    assert await rows_in(target) == await rows_in(new)
    assert (await copy(source, target)).differing == []


@pytest.mark.parametrize("kind", ON)
async def test_a_target_that_holds_something_is_refused(make: Make, kind: str) -> None:
    source, target = await filled(await make("sqlite")), await filled(await make(kind), rows=3)
    before = await rows_in(target)
    with pytest.raises(DatabaseError, match=r"is not empty: there is something in \w+; copy into a new one"):
        await copy(source, target)
    assert await rows_in(target) == before


async def test_a_target_that_changes_a_row_keeps_none(make: Make) -> None:
    source, target = await filled(await make("sqlite")), await make("sqlite")
    await target.upgrade()
    async with target.session() as session:
        await session.execute(
            text("CREATE TRIGGER wrong AFTER INSERT ON notices BEGIN UPDATE notices SET attempts = attempts + 1; END")
        )
    before = await rows_in(target)

    copied = await copy(source, target)

    assert copied.differing == ["notices"]
    assert await rows_in(target) == before


async def test_a_row_that_the_target_does_not_take_is_told_with_its_table(make: Make) -> None:
    source, target = await filled(await make("sqlite")), await make("postgresql")
    async with source.session() as session:
        await session.execute(text("UPDATE staff SET name = :long"), {"long": "Ж" * 300})
    with pytest.raises(
        DatabaseError, match=r"does not take a row of staff \(.*too long.*\); nothing was copied"
    ) as told:
        await copy(source, target)
    assert "swordfish" not in str(told.value)
    assert (await rows_in(target))["customers"] == 0


async def test_a_source_that_is_not_there_or_older_is_refused(make: Make, tmp_path: Path) -> None:
    target = await make("sqlite")
    with pytest.raises(DatabaseError, match=r"there is no database .*none\.db"):
        await copy(Database(f"sqlite+aiosqlite:///{tmp_path}/none.db"), target)
    assert not (tmp_path / "none.db").exists()

    old = await filled(await make("sqlite"), rows=2)
    async with old.session() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(DatabaseError, match="has another schema than this software; run: amiko db upgrade"):
        await copy(old, target)


@pytest.mark.parametrize("name", ["a.jpg", "b.sealed"])
async def test_pictures_go_along_as_they_are(make: Make, name: str) -> None:
    source, target = await filled(await make("sqlite"), rows=2), await make("postgresql")
    source.snapshots.folder.mkdir()
    (source.snapshots.folder / name).write_bytes(b"\x00 whatever lies there")
    (source.snapshots.folder / "unfinished.part").write_bytes(b"half")

    assert (await copy(source, target)).pictures == 1

    (file,) = target.snapshots.folder.iterdir()
    assert (file.name, file.read_bytes()) == (name, b"\x00 whatever lies there")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (target.snapshots.folder, file)] == [0o700, 0o600]


async def test_a_refused_copy_takes_no_picture_along(make: Make) -> None:
    source, target = await filled(await make("sqlite"), rows=2), await filled(await make("sqlite"), rows=2)
    source.snapshots.folder.mkdir()
    (source.snapshots.folder / "a.jpg").write_bytes(b"a picture")
    with pytest.raises(DatabaseError, match="is not empty"):
        await copy(source, target)
    assert not target.snapshots.folder.exists()
