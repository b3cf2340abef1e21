"""What can go wrong with a database, as one sentence that says what to do."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError


class DatabaseError(Exception):
    """The database cannot be used now; the message names it and says what to do."""


_SENTENCES = (
    ("file is not a database", "is not a database; move it away or set database.url to another file"),
    ("malformed", "is damaged; stop Amiko, restore a copy, or move it away to begin afresh"),
    (
        "unable to open",
        "cannot be opened; check that its folder may be written and that it is not a folder itself",
    ),
    ("readonly", "may not be written; check the permissions of the file and of its folder"),
    ("locked", "is locked by another program for too long; close what has it open and try again"),
    ("busy", "is locked by another program for too long; close what has it open and try again"),
    ("full", "cannot grow: the disk is full; make room and try again"),
    ("disk i/o", "cannot be read or written (disk I/O error); check that the disk is well, and not full"),
    ("no such table", "has not been prepared; run: amiko db upgrade"),
    ("no such column", "has an older schema than this software; run: amiko db upgrade"),
)


def explain(error: DBAPIError | sqlite3.Error, name: str) -> DatabaseError | None:
    """The driver's error as a sentence about the database `name`, None for a mistake of our own."""
    text = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    for sign, sentence in _SENTENCES:
        if sign in text:
            return DatabaseError(f"the database {name} {sentence}")
    return None
