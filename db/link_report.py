"""How a worker's link to its database is doing: a file on its machine, as the database cannot say while it is away."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from db.engine import sqlite_file


@dataclass(frozen=True)
class LinkReport:
    """What the worker of this machine last said.

    Attributes:
        reported_at: when that was.
        lost_since: since when the database has not been used, None while it can be.
        reconnects: how often it was lost and came back, since the worker started.
        waiting: visits that wait to be written.
        oldest: when the first of them was decided, None where none waits.
    """

    reported_at: datetime
    lost_since: datetime | None
    reconnects: int
    waiting: int
    oldest: datetime | None


def beside(url: str) -> Path:
    """Where the report on a database is: beside its file, or in data/ where it has none."""
    file = sqlite_file(url)
    return file.with_name(file.name + ".link.json") if file else Path("data/link.json")


def write(path: Path, report: LinkReport) -> None:
    """Put a report in the place of the last one; whoever reads finds the one or the other, whole.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(asdict(report), default=datetime.isoformat))
    new.replace(path)


def read(path: Path) -> LinkReport | None:
    """The last report; None where no worker has made one on this machine, or it cannot be read."""
    try:
        values = json.loads(path.read_text())
        for name in ("reported_at", "lost_since", "oldest"):
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        return LinkReport(**values)
    except (OSError, ValueError, TypeError, KeyError):
        return None
