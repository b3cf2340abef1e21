"""A disk that tests may fill: small, real, and their own."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

BALLAST = "ballast"


def fill(disk: Path) -> None:
    """Take every byte that is left."""
    with (disk / BALLAST).open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(disk).f_bavail == 0


def room(disk: Path) -> None:
    """Give them back."""
    (disk / BALLAST).unlink()
