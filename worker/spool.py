"""What could not be written to the database, on disk until it can: one JSON line for each visit or its end."""

from __future__ import annotations

import base64
import fcntl
import json
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from db.engine import sqlite_file
from db.errors import DatabaseError
from db.snapshots import SnapshotError, Snapshots
from db.visits import NewVisit

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended:
    """The end of a visit: when its visitor was last seen, and in how many faces."""

    id: str
    last_seen: datetime
    faces: int


@dataclass(frozen=True)
class Seen:
    """That a visit's visitor was seen again, and in how many faces by then."""

    id: str
    last_seen: datetime
    faces: int


Entry = NewVisit | Seen | Ended
"""Something to write; writing it again changes nothing."""

PICTURES = 500
"""Visits that wait in memory with their picture, of about 30 KB: older ones, whose cards are too late, go without."""

_PICTURED_BYTES = 100_000_000
"""What is added to a file of this size goes without pictures: thousands wait before it, and weeks shall find room."""

_KINDS: dict[str, type[Entry]] = {"visit": NewVisit, "seen": Seen, "ended": Ended}


def beside(url: str) -> Path:
    """Where the spool of a database is: beside its file, or in data/ where it has none."""
    file = sqlite_file(url)
    return file.with_name(file.name + ".unwritten.jsonl") if file else Path("data/unwritten.jsonl")


class Spool:
    """A file of entries, readable by its owner alone, that is there only while there are any.

    Args:
        path: of the file.
        snapshots: says how pictures may lie on a disk: an entry whose picture may not is kept without it.
    """

    def __init__(self, path: Path, snapshots: Snapshots) -> None:
        self.path = path
        self._snapshots = snapshots
        self._held: IO[bytes] | None = None

    def hold(self) -> None:
        """Keep other processes away until `let_go`, or until this one ends, however it does.

        Raises:
            DatabaseError: another one holds it.
        """
        file = self.path.with_name(self.path.name + ".lock")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            held = file.open("ab")
        except OSError:
            return  # where no file can be made there is no spool either, which is told when it is needed
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held.close()
            raise DatabaseError(
                f"another worker keeps its visits in {self.path} ({file} is locked); stop that one first, or start "
                "each shop's worker in a folder of its own"
            ) from None
        self._held = held

    def let_go(self) -> None:
        """Let another process use it."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries, and return once they are on the disk.

        Raises:
            OSError: they cannot be written; then none of them is there.
        """
        room = not self.path.exists() or self.path.stat().st_size < _PICTURED_BYTES
        lines = "".join(
            json.dumps(_as_json(self._packed(entry) if room else without_picture(entry)), ensure_ascii=False) + "\n"
            for entry in entries
        )
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(file).st_size
            try:
                # A line that an earlier crash cut short must not spoil the first of these.
                _write(file, b"\n" + lines.encode())
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)  # what a full disk took of them is room for something else
                raise
        finally:
            os.close(file)

    def read(self) -> list[Entry]:
        """The entries in the order they were added, the newest pictures with them; a damaged line is told and left out.

        Raises:
            OSError: the file is there and cannot be read.
        """
        entries: list[Entry] = []
        pictured: deque[int] = deque()
        if not self.path.exists():
            return entries
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    entry = self._unpacked(_from_json(json.loads(line)))
                except (ValueError, TypeError, KeyError):
                    log.error("%s: line %d is damaged and is passed over", self.path, number)
                    continue
                entries.append(entry)
                if isinstance(entry, NewVisit) and entry.snapshot is not None:
                    pictured.append(len(entries) - 1)
                if len(pictured) > PICTURES:
                    oldest = pictured.popleft()
                    entries[oldest] = without_picture(entries[oldest])
        return entries

    def clear(self) -> None:
        """Remove the file; where that fails its entries are written again, which changes nothing."""
        with suppress(OSError):
            self.path.unlink()

    def _packed(self, entry: Entry) -> Entry:
        return self._with_picture(entry, self._snapshots.pack)

    def _unpacked(self, entry: Entry) -> Entry:
        return self._with_picture(entry, self._snapshots.unpack)

    def _with_picture(self, entry: Entry, turned: Callable[[bytes], bytes]) -> Entry:
        """The entry with its picture turned into another form, or without it where that cannot be done."""
        if not isinstance(entry, NewVisit) or entry.snapshot is None:
            return entry
        try:
            return replace(entry, snapshot=turned(entry.snapshot))
        except SnapshotError as error:
            log.warning("visit %s waits in %s without its picture: %s", entry.id, self.path, error)
            return replace(entry, snapshot=None)


def without_picture(entry: Entry) -> Entry:
    """The entry as it is written where pictures have no room."""
    return replace(entry, snapshot=None) if isinstance(entry, NewVisit) else entry


def _write(file: int, data: bytes) -> None:
    """Write all of it, as one call may take a part."""
    while data:
        data = data[os.write(file, data) :]


def _as_json(entry: Entry) -> dict[str, Any]:
    """Times as ISO 8601, the snapshot as base64."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        return base64.b64encode(value).decode() if isinstance(value, bytes) else value

    kind = next(kind for kind, shape in _KINDS.items() if isinstance(entry, shape))
    return {"kind": kind} | {name: plain(value) for name, value in asdict(entry).items()}


def _from_json(line: dict[str, Any]) -> Entry:
    values = dict(line)
    kind = values.pop("kind")
    for name in {"first_seen", "decided_at", "last_seen"} & values.keys():
        values[name] = datetime.fromisoformat(values[name])
    if kind != "visit":
        return _KINDS[kind](**values)
    if values["snapshot"] is not None:
        values["snapshot"] = base64.b64decode(values["snapshot"])
    values["ranking"] = [(key, p) for key, p in values["ranking"]]
    return NewVisit(**values)
