"""What can go wrong with a database, as one sentence that says what to do."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class DatabaseError(Exception):
    """The database cannot be used now; the message names it and says what to do."""


class UnreachableError(DatabaseError):
    """Its server cannot be reached now, or is being started; waiting may be all that is to be done."""


_OF_SQLITE = (
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


_STATES = {
    "08": "has broken off the connection; it is opened again with the next try",
    "28": "takes neither this user nor this password; check database.url and AMIKO_DATABASE__PASSWORD",
    "3D000": "does not exist; create it with: createdb, or correct database.url",
    "40": "was being changed by another program at the same moment; try again",
    "42501": "may not be used so by this user; make the user the owner of the database",
    "42703": "has an older schema than this software; run: amiko db upgrade",
    "42P01": "has not been prepared; run: amiko db upgrade",
    "25006": "may not be written: its server only follows another one; set database.url to that one",
    "53100": "cannot grow: the server's disk is full; make room and try again",
    "53200": "is kept by a server that has run out of memory; give it more",
    "53300": "has no connection left; end a program that uses it, or raise the server's max_connections",
    "55P03": "is locked by another program for too long; try again",
    "57014": "took longer than a minute to answer, and was asked to give up; try again when less is going on",
    "57P": "is being started or stopped; it is tried again",
    "XX": "is damaged; stop Amiko, and restore a copy",
}
"""By SQLSTATE, or its beginning."""


_UNREACHABLE = ("08", "53300", "57P")

BROKEN_OFF = "08006"
"""The SQLSTATE of a connection that has failed."""


def explain_state(state: str, name: str) -> DatabaseError | None:
    """What PostgreSQL's SQLSTATE says of the database `name`, None for a mistake of our own."""
    known = max((sign for sign in _STATES if state.startswith(sign)), key=len, default=None)
    kind = UnreachableError if known in _UNREACHABLE else DatabaseError
    return kind(f"the database {name} {_STATES[known]}") if known else None


def explain(error: DBAPIError | sqlite3.Error | PoolTimeout, name: str) -> DatabaseError | None:
    """The driver's error as a sentence about the database `name`, None for a mistake of our own."""
    if isinstance(error, PoolTimeout):
        return DatabaseError(f"the database {name} is asked for more at once than it answers; try again")
    cause = error.orig if isinstance(error, DBAPIError) else error
    if state := getattr(cause, "sqlstate", None):
        return explain_state(state, name)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return explain_state(BROKEN_OFF, name)
    if not isinstance(cause, sqlite3.Error):
        return None
    text = str(cause).lower()
    for sign, sentence in _OF_SQLITE:
        if sign in text:
            return DatabaseError(f"the database {name} {sentence}")
    return None
