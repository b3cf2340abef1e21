"""A full disk, a real one: what is decided waits in memory, is written once there is room, and is told of once.

The disk of a SQLite file, that is; tests/worker/test_link.py takes a server away.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from db.engine import Database
from db.offering import Offer
from tests.worker.disks import fill, room
from tests.worker.test_writer import visit
from worker import pulse as pulses
from worker import writer as writers
from worker.pulse import Pulse, written_down
from worker.recorder import Recorder
from worker.spool import Ended, Spool, beside
from worker.writer import Writer

OFFER = Offer()  # pictures are only kept where somebody is told
PICTURE = b"\xff\xd8" + bytes(30_000) + b"\xff\xd9"


@pytest.fixture
async def database(small_disk: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{small_disk}/shop.db")
    await database.upgrade()
    yield database
    await database.close()


def stored(disk: Path) -> dict[str, int]:
    with sqlite3.connect(disk / "shop.db") as connection:
        return dict(connection.execute("SELECT id, faces FROM visits"))


async def test_visits_decided_on_a_full_disk_are_written_when_there_is_room(
    database: Database, small_disk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writers, "RETRY_SECONDS", (0.2,))
    monkeypatch.setattr(writers, "STOP_SECONDS", 60)
    caplog.set_level(logging.WARNING)
    spool = Spool(beside(database.url), database.snapshots)
    decided = [visit(snapshot=PICTURE) for _ in range(20)]
    async with Writer(Recorder(database, "camera", OFFER), spool) as writing:
        fill(small_disk)
        for entry in decided:
            writing.put(entry)
        writing.put(Ended(decided[0].id, decided[0].last_seen, 77))
        await asyncio.sleep(1)
        assert "visits wait to be written" in caplog.text
        assert spool.read() == []
        room(small_disk)
    assert stored(small_disk) == {entry.id: 5 for entry in decided} | {decided[0].id: 77}
    assert not spool.path.exists()
    assert caplog.text.count("visits wait to be written") == 1
    assert caplog.text.count("goes without its picture") <= len(decided)
    assert caplog.text.count("what is decided waits in memory only") == 1
    assert "(No space left on device)" in caplog.text
    assert caplog.text.count("the database takes visits again, after") == 1
    assert all(database.snapshots.read(entry.id) for entry in decided[1:])


async def test_where_the_spool_has_room_it_takes_what_the_database_does_not(
    database: Database, small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "STOP_SECONDS", 0.5)
    spool = Spool(tmp_path / "spool.jsonl", database.snapshots)
    decided = [visit() for _ in range(30)]
    fill(small_disk)
    async with Writer(Recorder(database, "camera", None), spool) as writing:
        for entry in decided:
            writing.put(entry)
    assert len(spool.read()) >= 25, "some may have found room in the write-ahead log"
    room(small_disk)
    monkeypatch.setattr(writers, "STOP_SECONDS", 60)
    async with Writer(Recorder(database, "camera", None), spool):
        pass
    assert stored(small_disk).keys() == {entry.id for entry in decided}


async def test_what_memory_holds_is_bounded_and_what_is_given_up_is_named(
    database: Database, small_disk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writers, "RETRY_SECONDS", (0.2,))
    monkeypatch.setattr(writers, "STOP_SECONDS", 60)
    monkeypatch.setattr(writers, "MOST", 60)
    monkeypatch.setattr(writers, "PICTURES", 10)
    decided = [visit(snapshot=PICTURE) for _ in range(100)]
    async with Writer(Recorder(database, "camera", None), Spool(beside(database.url), database.snapshots)) as writing:
        fill(small_disk)
        writing.put(decided[0])
        await asyncio.sleep(1)
        for entry in decided[1:]:
            writing.put(entry)
        pictured = sum(getattr(entry, "snapshot", None) is not None for entry in writing._waiting)
        assert len(writing._waiting) <= 60
        assert pictured == 10
        room(small_disk)
    kept = stored(small_disk).keys()
    given_up = {entry.id for entry in decided} - kept
    assert decided[-1].id in kept
    assert 40 <= len(given_up) <= 41
    assert all(f"{entry} is given up" in caplog.text for entry in given_up)


async def test_a_full_disk_costs_reports_on_cameras_and_is_said_twice(
    database: Database, small_disk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pulses, "EVERY_SECONDS", 0.1)
    caplog.set_level(logging.WARNING)
    async with written_down([Pulse(f"camera {n}") for n in range(200)], database):
        await asyncio.sleep(1)
        fill(small_disk)
        async with asyncio.timeout(60):
            while "the database is away" not in caplog.text:  # noqa: ASYNC110  # said in the log only
                await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        room(small_disk)
        async with asyncio.timeout(60):
            while "the database takes visits again" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert sum(record.name == "worker.link" for record in caplog.records) == 2
