"""Takes the files of a folder along into another, each whole or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

_UNFINISHED = ".part"


def take_along(source: Path, target: Path, suffixes: Collection[str]) -> list[Path]:
    """Copy the files of `source` whose names end so into `target`, readable by their owner alone.

    A file that goes meanwhile is passed over: whoever deleted it deletes what belongs to it, too.

    Returns:
        Those that were not there before, so that they can be taken back.

    Raises:
        OSError: one cannot be read or written; then none that was not there before is there.
    """
    if not source.is_dir() or source.resolve() == target.resolve():
        return []
    new: list[Path] = []
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in sorted(source.iterdir()):
            if file.suffix in suffixes and file.is_file():
                with suppress(FileNotFoundError):
                    there = (target / file.name).exists()
                    put(file, target / file.name)
                    new += [] if there else [target / file.name]
    except BaseException:
        take_back(new)
        raise
    return new


def take_back(files: Collection[Path]) -> None:
    """Delete files that `take_along` has made."""
    for file in files:
        with suppress(OSError):
            file.unlink()


def put(source: Path, target: Path) -> None:
    """Copy one file: under another name first, under its own once all of it is on the disk. Its mode becomes 0600.

    Raises:
        OSError: it cannot be read or written; the target stays as it was.
    """
    with source.open("rb") as reading:
        handle, name = tempfile.mkstemp(_UNFINISHED, dir=target.parent)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as writing:
                shutil.copyfileobj(reading, writing)
                writing.flush()
                os.fsync(writing.fileno())
            unfinished.replace(target)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
