"""`amiko worker` and cameras that fail: it recovers, says so in one line, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.databases import ON_SQLITE, rows
from tests.e2e.conftest import Run
from tests.worker.cameras import NetworkCamera, alive, captures, network_camera, until


@pytest.fixture
def server() -> Iterator[NetworkCamera]:
    with network_camera() as camera:
        yield camera


class Worker:
    """A running `amiko worker`."""

    def __init__(self, folder: Path, config: str, url: str | None = None) -> None:
        self._folder = folder
        self._url = url or f"sqlite+aiosqlite:///{folder}/data/amiko.db"
        (folder / "config.yaml").write_text(config)
        with (folder / "log").open("w") as log:
            command = [sys.executable, "-m", "amiko", "worker", "--db", self._url]
            self.process = subprocess.Popen(command, cwd=folder, stderr=log)

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def states(self) -> dict[str, tuple[str, float]]:
        """State and frames per second of each camera, as the worker wrote them down."""
        query = "SELECT name, state, fps FROM cameras JOIN camera_states ON cameras.id = camera_id"
        return {name: (state, fps) for name, state, fps in rows(self._url, query)}

    def end(self) -> float:
        """End it as systemd does; returns how long that took (s)."""
        began = time.monotonic()
        self.process.terminate()
        assert self.process.wait(60) == 0, self.log()
        return time.monotonic() - began


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    """Those that a test appends are gone after it."""
    started: list[Worker] = []
    yield started
    for worker in started:
        worker.process.kill()
        worker.process.wait()


def test_a_camera_that_never_answers_does_not_hold_the_other_up(
    server: NetworkCamera, database_url: str, tmp_path: Path, workers: list[Worker]
) -> None:
    worker = Worker(
        tmp_path,
        f"cameras: [{{name: dead, url: '{server.url('hang=1')}'}}, {{name: door, url: '{server.url()}'}}]\n"
        "worker: {stall_seconds: 1}",
        database_url,
    )
    workers.append(worker)
    until(lambda: worker.states().get("door", ("", 0))[0] == "running", 60)
    until(lambda: worker.states()["dead"][0] == "failed")
    until(lambda: worker.states()["door"][1] > 4)
    assert "camera dead: http://127.0.0.1:" in worker.log()
    assert worker.end() < 9
    assert worker.states()["door"][0] == "stopped"
    assert "Traceback" not in worker.log()


# Captures open no database.
def test_a_killed_worker_leaves_no_capture_process(
    server: NetworkCamera, tmp_path: Path, workers: list[Worker]
) -> None:
    worker = Worker(
        tmp_path, f"cameras: [{{name: a, url: '{server.url()}'}}, {{name: b, url: '{server.url('hang=1')}'}}]"
    )
    workers.append(worker)
    until(lambda: len(captures(worker.process.pid)) == 2, 60)
    left = captures(worker.process.pid)
    time.sleep(1)
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    until(lambda: not any(map(alive, left)), 3)


def test_a_password_that_is_not_set_is_one_sentence(amiko: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("cameras: [{name: door, url: 'rtsp://a:${DOOR_PASSWORD}@127.0.0.1:9/x'}]")
    result = amiko("worker")
    assert result.returncode == 1
    assert "camera door: its url needs the environment variable DOOR_PASSWORD, which is not set" in result.stderr
    assert "Traceback" not in result.stderr


@ON_SQLITE  # which one writer locks whole
def test_visits_decided_while_the_database_is_locked_survive_the_workers_end(
    clip: Path, database_url: str, tmp_path: Path, workers: list[Worker]
) -> None:
    database, spool = tmp_path / "amiko.db", tmp_path / "amiko.db.unwritten.jsonl"
    worker = Worker(tmp_path, f"cameras: [{{name: door, url: '{clip}'}}]", database_url)
    workers.append(worker)
    until(lambda: "door" in worker.states(), 60)
    with sqlite3.connect(database, isolation_level=None, timeout=30) as other:
        other.execute("BEGIN IMMEDIATE")
        until(spool.exists, 60)
        assert worker.end() < 9.5
        other.execute("ROLLBACK")
    kept = {json.loads(line)["id"] for line in spool.read_text().splitlines() if line}
    assert kept

    again = Worker(tmp_path, f"cameras: [{{name: door, url: '{clip}'}}]", database_url)
    workers.append(again)
    until(lambda: not spool.exists(), 60)
    again.end()
    assert kept <= {visit for (visit,) in rows(database_url, "SELECT id FROM visits")}


def test_a_camera_is_replayed_turned_and_masked(amiko: Run, clip: Path, tmp_path: Path) -> None:
    """With everything masked nobody is seen; what hangs upside down is seen upright again."""
    everything = [[[0, 0], [1, 0], [1, 1], [0, 1]]]
    cameras = [{"name": "covered", "url": 0, "masks": everything}, {"name": "hanging", "url": 0, "rotation": 180}]
    (tmp_path / "config.yaml").write_text(json.dumps({"cameras": cameras}))
    turn = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(clip), "-vf", "hflip,vflip", "-crf", "12"]
    subprocess.run([*turn, "turned.mp4"], cwd=tmp_path, check=True)

    covered = amiko("replay", clip, "--camera", "covered", "--json", "-")
    assert covered.returncode == 0
    assert covered.stdout == ""
    upright, turned = (
        [json.loads(line) for line in amiko("replay", *arguments, "--json", "-").stdout.splitlines()]
        for arguments in ((clip,), ("turned.mp4", "--camera", "hanging"))
    )
    assert len(upright) == len(turned) == 2
    for one, other in zip(upright, turned, strict=True):
        assert one["first_seen"] == pytest.approx(other["first_seen"], abs=0.3)
        assert one["age"]["mean"] == pytest.approx(other["age"]["mean"], abs=4)
