"""Runs amiko's commands as whole processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def amiko(tmp_path: Path) -> Run:
    """`amiko("replay", file)` in an empty folder, without any setting from outside."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AMIKO_")}
    # Wide, so that tables and sentences are not broken in the middle of a word that a test looks for.
    environment["COLUMNS"] = "200"

    def run(*arguments: object, seconds: float = 180, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "amiko", *map(str, arguments)],
            cwd=tmp_path,
            env=environment | extra,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    return run
