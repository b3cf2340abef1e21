"""Whether a worker or a bot seems to use a database now, so that nobody moves or replaces it under them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from db import nudge
from db.engine import Database, on_postgres
from db.errors import DatabaseError
from db.models import CameraState
from db.notified import served

_REPORTED_LATELY = timedelta(seconds=15)
"""A worker writes down how its cameras are doing every 2 seconds, and that they have stopped when it ends."""


async def bot_is_alive(database: Database) -> bool:
    """Whether a bot serves a database: it holds a lock as long as it lives, beside the SQLite file or in PostgreSQL.

    Raises:
        DatabaseError: PostgreSQL cannot be asked.
    """
    if on_postgres(database.url):
        async with database.reading() as session:
            return await served(session)
    path = nudge.address(database.url)
    return path is not None and _is_locked(path.with_name(path.name + ".lock"))


async def require_unused(database: Database) -> None:
    """Nothing, where neither a worker nor a bot seems to use a database, or where it cannot even be read.

    Raises:
        DatabaseError: one of them does.
    """
    using = []
    with suppress(DatabaseError):
        using += ["a bot"] if await bot_is_alive(database) else []
        async with database.reading() as session:
            lately = CameraState.updated_at > datetime.now(UTC) - _REPORTED_LATELY
            if await session.scalar(select(1).where(lately, CameraState.state != "stopped").limit(1)):
                using.append("a worker")
    if using:
        raise DatabaseError(
            f"the database {database.name} is in use by {' and '.join(using)}; stop Amiko first (a worker that was "
            f"killed counts as running for {_REPORTED_LATELY.seconds} s)"
        )


def _is_locked(file: Path) -> bool:
    import fcntl  # there wherever UNIX sockets are

    try:
        with file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # there never was one
        return False
    return False
