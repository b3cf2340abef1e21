"""A SQLite file is copied while others write to it, checked, and put in the place of another."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from db.errors import DatabaseError, explain

_PATIENCE_SECONDS = 10.0


def copy_out(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, with SQLite's online backup; writers of the source go on meanwhile.

    Raises:
        DatabaseError: the source cannot be read, or the copy is damaged.
    """
    if not source.is_file():
        raise DatabaseError(f"there is no database {source}")
    try:
        with (
            closing(
                sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE_SECONDS)
            ) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.execute("BEGIN")  # one moment, and a copy that no writer makes begin again
            old.execute("SELECT 1 FROM sqlite_master").fetchall()
            old.backup(new)
            # One file without companions.
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise explain(error, str(source)) or DatabaseError(
            f"the database {source} cannot be copied: {error}"
        ) from error
    check(target, str(source))


def check(file: Path, name: str) -> None:
    """Read all of a database.

    Raises:
        DatabaseError: it is damaged; the message calls it `name`.
    """
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            (loose,) = connection.execute("SELECT count(*) FROM pragma_foreign_key_check").fetchone()
    except sqlite3.Error as error:
        found, loose = str(error), 0
    if found != "ok" or loose:
        why = found if found != "ok" else f"{loose} rows refer to others that are not there"
        raise DatabaseError(f"the database {name} is damaged ({why})")


def put_in_place(new: Path, target: Path) -> None:
    """Let a checked database, in the folder of the target, take its place; until then the old one is whole.

    Raises:
        DatabaseError: another program has the old one open.
    """
    _put_away_log(target)
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _put_away_log(file: Path) -> None:
    """Take away the write-ahead log beside a database, which must not be read as the log of another one.

    SQLite does that when the database leaves the mode; nobody else may have it open then.
    """
    if file.is_file():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file, timeout=1)) as connection:
            try:
                connection.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.OperationalError as error:
                raise explain(error, str(file)) or DatabaseError(
                    f"the database {file} cannot be replaced: {error}"
                ) from error
    # Left by a database that is damaged or gone.
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
