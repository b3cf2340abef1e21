"""How cameras are doing is written down while they are watched, and holds nothing up."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from amiko.config import Config
from db.cameras import CameraReport, CameraStatus, statuses
from db.engine import Database
from tests.databases import ON_SQLITE
from worker import pulse as pulses
from worker.errors import SourceError
from worker.live import Watch
from worker.pulse import Pulse, written_down
from worker.recorder import Recorder


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def status(database: Database, name: str) -> CameraStatus:
    async with database.reading() as session:
        return (await statuses(session, [name]))[name]


def watch(database: Database, networks: object, *urls: str) -> Watch:
    config = Config.model_validate({"cameras": [{"name": f"door {n}", "url": url} for n, url in enumerate(urls)]})
    departments = config.routing.as_departments()
    return Watch(config, departments, networks, Recorder(database, "camera", None))


def test_a_pulse_counts_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    pulse = Pulse("door")
    assert pulse.report().state == "starting"
    assert pulse.report().last_frame_at is None

    for opening in range(3):
        pulse.opened()
        for _ in range(8):
            pulse.frame()
            pulse.analysed(0.050, 1 if opening else 0)
    clock[0] += 2
    report = pulse.report()
    assert (report.state, report.fps, report.dropped, report.reconnects) == ("running", 12.0, 16, 2)
    assert report.lag_ms == pytest.approx(50)
    assert datetime.now(UTC) - report.last_frame_at < timedelta(seconds=5)

    clock[0] += 4
    assert (pulse.report().state, pulse.report().fps) == ("stalled", 0.0)
    pulse.failed()
    pulse.stopped()
    assert pulse.report().state == "failed"


async def both_reported(database: Database) -> list[CameraReport]:
    """Of two cameras, once one of them has run for a whole report and the other has failed."""
    async with asyncio.timeout(60):
        while True:
            await asyncio.sleep(pulses.EVERY_SECONDS)
            reports = [(await status(database, f"door {n}")).report for n in range(2)]
            if reports[0].state == "running" and reports[0].fps > 1 and reports[1].state == "failed":
                return reports


async def test_a_watched_camera_is_written_down_and_stopped_at_the_end(database, networks, clip, monkeypatch) -> None:
    monkeypatch.setattr(pulses, "_LAST_SECONDS", 60)  # a busy machine may take longer than a shop would wait
    watching = watch(database, networks, str(clip), "rtsp://127.0.0.1:9/nothing")
    async with written_down(watching.pulses.values(), database):
        run = asyncio.create_task(watching.run())
        works, fails = await both_reported(database)
        assert 1 < works.fps < 10
        assert works.lag_ms is not None
        assert datetime.now(UTC) - works.last_frame_at < timedelta(seconds=5)
        assert (fails.state, fails.last_frame_at) == ("failed", None)
        watching.stop()
        await run

    ended = (await status(database, "door 0")).report
    assert (ended.state, ended.fps) == ("stopped", 0.0)
    assert ended.last_frame_at >= works.last_frame_at


async def test_cameras_that_do_not_open_are_written_down_before_the_worker_gives_up(database, networks) -> None:
    watching = watch(database, networks, "rtsp://127.0.0.1:9/nothing")
    with pytest.raises(SourceError):
        async with written_down(watching.pulses.values(), database):
            await watching.run()
    assert (await status(database, "door 0")).report.state == "failed"


async def test_a_restarted_worker_remembers_the_last_frame(database) -> None:
    before, after = Pulse("door"), Pulse("door")
    before.frame()
    async with written_down([before], database):
        pass
    seen = (await status(database, "door")).report.last_frame_at

    async with written_down([after], database):
        await asyncio.sleep(0.1)

    assert (await status(database, "door")).report.last_frame_at == seen is not None


@ON_SQLITE  # which one writer locks whole
async def test_a_locked_database_costs_a_report_and_nothing_else(database, tmp_path, monkeypatch, caplog) -> None:
    monkeypatch.setattr(pulses, "EVERY_SECONDS", 0.1)
    impatient = Database(f"sqlite+aiosqlite:///{tmp_path}/amiko.db", patience_seconds=0.05)
    lock = sqlite3.connect(tmp_path / "amiko.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    pulse = Pulse("door")
    try:
        async with written_down([pulse], impatient):
            await asyncio.sleep(0.5)
            pulse.frame()
            assert "the database is away" in caplog.text
            lock.execute("ROLLBACK")
            await asyncio.sleep(0.5)
            assert (await status(database, "door")).report.state == "running"
    finally:
        lock.close()
        await impatient.close()
