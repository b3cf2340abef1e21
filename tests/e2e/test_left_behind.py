"""Whoever is killed leaves no process behind: not `amiko run`, nor the worker, whatever its children are doing.

Which kind of database they do it on makes no difference to that.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import own_environment
from tests.worker.cameras import NetworkCamera, alive, captures, children, command, network_camera, until

TELEGRAM = {"AMIKO_TELEGRAM__TOKEN": "1:x", "AMIKO_TELEGRAM__BASE_URL": "http://127.0.0.1:9/bot"}


@pytest.fixture(scope="module")
def server() -> Iterator[NetworkCamera]:
    with network_camera() as camera:
        yield camera


@pytest.fixture
def shop(server: NetworkCamera, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`amiko run` with a camera that works and one that never answers."""
    (tmp_path / "config.yaml").write_text(
        f"cameras: [{{name: a, url: '{server.url()}'}}, {{name: b, url: '{server.url('hang=1')}'}}]"
    )
    environment = own_environment() | TELEGRAM | {"AMIKO_API__PORT": "0"}
    with (tmp_path / "log").open("w") as log:
        run = subprocess.Popen([sys.executable, "-m", "amiko", "run"], cwd=tmp_path, stderr=log, env=environment)
    yield run
    run.kill()
    run.wait()


def family(of: int) -> list[int]:
    """The children of a process, theirs, and so on."""
    return [pid for child in children(of) for pid in (child, *family(child))]


def worker_of(shop: int) -> int:
    return next((pid for pid in children(shop) if "worker" in command(pid).split()), 0)


def running(folder: Path) -> bool:
    """Whether a camera's frames are analysed."""
    if not (folder / "data" / "amiko.db").exists():
        return False
    with sqlite3.connect(folder / "data" / "amiko.db", timeout=30) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'camera_states'").fetchall()
        return bool(tables and connection.execute("SELECT 1 FROM camera_states WHERE state = 'running'").fetchall())


def test_a_killed_run_leaves_nobody(shop: subprocess.Popen[bytes], tmp_path: Path) -> None:
    until(lambda: len(captures(worker_of(shop.pid))) == 2, 90)
    left = family(shop.pid)
    assert len(left) == 5  # worker, bot, API, and two captures
    os.kill(shop.pid, signal.SIGKILL)
    until(lambda: not any(map(alive, left)), 15)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_run_that_is_killed_while_its_children_begin_leaves_nobody(shop: subprocess.Popen[bytes]) -> None:
    until(lambda: worker_of(shop.pid), 60)
    left = family(shop.pid)
    os.kill(shop.pid, signal.SIGKILL)
    until(lambda: not any(map(alive, left)), 30)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a stopped process with its parent")
def test_a_killed_worker_leaves_no_capture_that_is_stopped(shop: subprocess.Popen[bytes], tmp_path: Path) -> None:
    until(lambda: running(tmp_path), 90)
    worker = worker_of(shop.pid)
    stuck = captures(worker)
    for pid in stuck:
        os.kill(pid, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    until(lambda: not any(map(alive, stuck)), 3)
