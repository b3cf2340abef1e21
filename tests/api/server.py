"""`amiko api` as a process, and a client for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_SECONDS = 120
ANSWER_SECONDS = 60  # the first prediction waits for its libraries


@dataclass(frozen=True)
class Place:
    """A working directory, and the database that is served there."""

    folder: Path
    url: str


@dataclass(frozen=True)
class Served:
    """A running `amiko api`: its process, its address, and the file that its log goes to."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def get(self, path: str, **headers: str | bytes) -> httpx.Response:
        """One request without a proxy."""
        with httpx.Client(trust_env=False, base_url=self.url, timeout=ANSWER_SECONDS) as client:
            return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def served(place: Place, config: str = "", **environment: str) -> Iterator[Served]:
    """Serve a place's database on a free port."""
    (place.folder / "config.yaml").write_text(config, encoding="utf-8")
    log = place.folder / "api.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AMIKO_")}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "amiko", "api"],
            cwd=place.folder,
            stderr=errors,
            env=inherited | {"AMIKO_API__PORT": "0", "AMIKO_DATABASE__URL": place.url} | environment,
        )
    try:
        yield Served(process, _address(process, log), log)
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        if found := re.search(r"listens on (http://\S+)", log.read_text()):
            return found[1].replace("0.0.0.0", "127.0.0.1")
        time.sleep(0.05)
    raise AssertionError(f"amiko api did not start: {log.read_text()}")
