"""Cameras that tests can stop, kill and cut, and what is left of processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class NetworkCamera:
    """A running server of moving JPEGs."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self._port = port

    def url(self, wishes: str = "", credentials: str = "") -> str:
        """Its address; `wishes` as tests/worker/mjpeg_server.py lists them."""
        return f"http://{credentials}127.0.0.1:{self._port}/stream?{wishes}"

    def freeze(self) -> None:
        """Stop the process, connections stay open."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def network_camera() -> Iterator[NetworkCamera]:
    """A network camera in a process of its own."""
    server = Path(__file__).with_name("mjpeg_server.py")
    process = subprocess.Popen([sys.executable, server], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield NetworkCamera(process, int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def children(of: int) -> list[int]:
    """The child processes of a process, dead ones that were not reaped included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == of:
                found.append(int(entry.name))
    return found


def captures(of: int) -> list[int]:
    """Its capture processes."""
    return [pid for pid in children(of) if "worker.capture_process" in command(pid)]


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def open_files(pid: int) -> int:
    """How many descriptors it has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def until(happens: Callable[[], object], seconds: float = 60) -> None:
    """Wait for it, and fail where it does not happen."""
    give_up = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.05)


def command(pid: int) -> str:
    """The command line of a process, empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
