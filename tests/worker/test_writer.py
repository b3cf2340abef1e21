"""What was decided reaches the database exactly once, however long it is away and whenever the worker ends."""

from __future__ import annotations

import asyncio
import gc
import logging
import sqlite3
import stat
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.engine import Database
from db.errors import UnreachableError
from db.snapshots import Snapshots
from db.visits import NewVisit
from tests.databases import ON_SQLITE, rows
from worker import writer as writers
from worker.link import Link
from worker.recorder import Recorder
from worker.spool import Ended, Spool, beside
from worker.writer import Writer

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def visit(**changes: object) -> NewVisit:
    values = {
        "id": str(uuid.uuid4()), "camera": "дверь", "origin": "camera", "first_seen": NOW, "decided_at": NOW,
        "last_seen": NOW, "faces": 5, "age_mean": 31.5, "age_low": 25, "age_high": 38, "age_band": "25-34",
        "gender": "female", "p_female": 0.9, "attire_labels": ["casual"], "attire_scores": {"casual": 0.8},
        "department": "kids", "department_p": 0.4, "ranking": [("kids", 0.4), ("kitchen", 0.6)], "reason": "sure",
        "snapshot": b"\xff\xd8jpeg\n\xff\xd9",
    }  # fmt: skip
    return NewVisit(**(values | changes))


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """Without tables, as good as away, until `upgrade`."""
    database = Database(empty_database_url)
    yield database
    await database.close()


@pytest.fixture
def spool(database: Database) -> Spool:
    return Spool(beside(database.url), database.snapshots)


def writer(database: Database, spool: Spool) -> Writer:
    return Writer(Recorder(database, "camera", None), spool)


def stored(database: Database) -> list[tuple[str, int]]:
    return rows(database.url, "SELECT id, faces FROM visits ORDER BY id")


def test_a_spool_gives_back_what_it_was_given(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.jsonl", Snapshots(tmp_path))
    entries = [visit(), visit(snapshot=None, age_mean=None), Ended(str(uuid.uuid4()), NOW, 7)]
    assert spool.read() == []
    spool.append(entries[:1])
    spool.append(entries[1:])
    assert spool.read() == entries
    assert stat.S_IMODE(spool.path.stat().st_mode) == 0o600
    spool.clear()
    assert not spool.path.exists()


def test_a_line_cut_short_by_a_crash_costs_only_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spool = Spool(tmp_path / "spool.jsonl", Snapshots(tmp_path))
    first, second, third = visit(), visit(), visit()
    spool.append([first, second])
    spool.path.write_bytes(spool.path.read_bytes()[:-100])
    spool.append([third])
    assert spool.read() == [first, third]
    assert "spool.jsonl: line 3 is damaged" in caplog.text


async def test_entries_are_written_in_order(database: Database, spool: Spool) -> None:
    await database.upgrade()
    seen = visit()
    async with writer(database, spool) as writing:
        writing.put(seen)
        writing.put(Ended(seen.id, NOW + timedelta(seconds=9), 12))
    assert stored(database) == [(seen.id, 12)]
    assert not spool.path.exists()


async def test_a_database_that_comes_back_gets_everything(
    database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "RETRY_SECONDS", (0.1,))
    first, second = sorted((visit(), visit()), key=lambda visit: visit.id)
    async with writer(database, spool) as writing:
        writing.put(first)
        await asyncio.sleep(0.5)
        writing.put(second)
        assert spool.read() == [first, second]
        await database.upgrade()
    assert stored(database) == [(first.id, 5), (second.id, 5)]
    assert not spool.path.exists()


async def test_what_cannot_be_written_at_the_end_is_written_at_the_next_start(
    database: Database,
    spool: Spool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(writers, "STOP_SECONDS", 0.5)
    seen, began = visit(), time.monotonic()
    async with writer(database, spool) as writing:
        writing.put(seen)
        writing.put(Ended(seen.id, NOW, 12))
    assert time.monotonic() - began < 4
    assert f"2 entries are in {spool.path} and are written at the next start" in caplog.text
    await database.upgrade()
    for _ in range(2):
        async with writer(database, spool):
            pass
    assert stored(database) == [(seen.id, 12)]
    assert not spool.path.exists()


async def test_a_try_that_fails_after_its_writer_has_ended_is_no_news(
    database: Database, spool: Spool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """asyncio would report it as an exception that nobody has retrieved, at some moment long after."""
    monkeypatch.setattr(writers, "STOP_SECONDS", 0.1)
    answers, tried = asyncio.Event(), asyncio.Event()

    async def _prepare() -> int:
        await answers.wait()
        tried.set()
        raise UnreachableError("the database cannot be reached")

    seen = visit()
    async with Writer(Recorder(database, "camera", None), spool, Link(_prepare)) as writing:
        writing.put(seen)
    assert spool.read() == [seen]
    gc.collect()
    caplog.clear()
    answers.set()
    await tried.wait()
    await asyncio.sleep(0)  # the try ends
    gc.collect()
    assert caplog.text == ""


async def test_entries_that_were_written_after_all_are_not_doubled(database: Database, spool: Spool) -> None:
    """A crash between the commit and the removal of the spool."""
    await database.upgrade()
    seen = visit()
    async with writer(database, spool) as writing:
        writing.put(seen)
    spool.append([seen])
    async with writer(database, spool):
        pass
    assert stored(database) == [(seen.id, 5)]


@ON_SQLITE  # which one writer locks whole
async def test_a_locked_database_has_visits_on_disk_within_two_seconds(
    database: Database, spool: Spool, tmp_path: Path
) -> None:
    await database.upgrade()
    seen = visit()
    with sqlite3.connect(tmp_path / "amiko.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        async with writer(database, spool) as writing:
            writing.put(seen)
            await asyncio.sleep(2)
            assert spool.read() == [seen]
            other.execute("ROLLBACK")
    assert stored(database) == [(seen.id, 5)]
    assert not spool.path.exists()


async def test_a_disk_that_takes_nothing_is_told_and_loses_nothing(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(writers, "RETRY_SECONDS", (0.1,))
    caplog.set_level(logging.WARNING)
    (tmp_path / "taken").write_text("no folder")
    seen = visit()
    async with writer(database, Spool(tmp_path / "taken" / "spool.jsonl", database.snapshots)) as writing:
        writing.put(seen)
        await asyncio.sleep(0.3)
        await database.upgrade()
    assert caplog.text.count("(Not a directory): what is decided waits in memory only") == 1
    assert stored(database) == [(seen.id, 5)]
