"""Alembic without an ini file: the migrations lie beside this module, also in an installed package."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from db.engine import connect
from db.errors import DatabaseError


async def upgrade(url: str, name: str) -> None:
    """Bring the database at `url`, called `name` in errors, to the newest schema.

    Runs in a thread with an event loop of its own, so that the caller's loop goes on meanwhile.

    Raises:
        DatabaseError: its schema is newer than this software.
    """
    await asyncio.to_thread(lambda: asyncio.run(_run(url, lambda connection: to_head(connection, name))))


async def _run(url: str, work: Callable[[Connection], None]) -> None:
    # Foreign keys are off while tables are rebuilt (SQLite changes a table by copying it).
    engine = connect(url, foreign_keys=False)
    try:
        # One transaction for all: two processes that start together take turns, a crash leaves no half.
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def to_head(connection: Connection, name: str) -> None:
    """Upgrade within the connection's transaction.

    Raises:
        DatabaseError: the database holds a revision that this software does not know.
    """
    config = configuration(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if current - known:
        raise DatabaseError(f"the database {name} was made by a newer version of Amiko; update this one")
    command.upgrade(config, "head")


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for one connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
