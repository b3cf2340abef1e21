"""systemd hears that a process is ready, alive, and ending; from a supervised one it hears nothing."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import own_environment


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        yield listener


def started(folder: Path, module: str) -> subprocess.Popen[bytes]:
    environment = own_environment() | {
        "AMIKO_API__PORT": "0",
        "NOTIFY_SOCKET": str(folder / "notify"),
        "WATCHDOG_USEC": "300000",
    }
    return subprocess.Popen(
        [sys.executable, "-m", module, "api"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stderr=(folder / "log").open("w"),
    )


def test_a_service_is_ready_alive_and_ending(systemd: socket.socket, tmp_path: Path) -> None:
    service = started(tmp_path, "amiko")
    try:
        systemd.settimeout(60)
        assert systemd.recv(100) == b"READY=1"
        systemd.settimeout(30)
        began = time.monotonic()
        assert [systemd.recv(100) for _ in range(6)] == [b"WATCHDOG=1"] * 6
        assert 0.3 < time.monotonic() - began < 30
        service.terminate()
        while (message := systemd.recv(100)) == b"WATCHDOG=1":
            pass
        assert message == b"STOPPING=1"
        assert service.wait(60) == 0
    finally:
        service.kill()
        service.wait()


def test_a_supervised_process_tells_systemd_nothing(systemd: socket.socket, tmp_path: Path) -> None:
    service = started(tmp_path, "amiko.child")
    try:
        give_up = time.monotonic() + 60
        while "the API listens" not in (tmp_path / "log").read_text():
            assert time.monotonic() < give_up
            time.sleep(0.1)
        systemd.settimeout(0.5)
        with pytest.raises(TimeoutError):
            systemd.recv(100)
    finally:
        service.kill()
        service.wait()
