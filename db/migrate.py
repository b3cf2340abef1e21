"""Alembic without an ini file: the migrations lie beside this module, also in an installed package."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from db.engine import connect, on_postgres, pictures_of
from db.errors import DatabaseError

_LOCK = 0x616D696B6F  # "amiko"


async def upgrade(url: str, name: str, pictures: Path) -> None:
    """Bring the database at `url`, called `name` in errors, whose pictures lie in a folder, to the newest schema.

    Runs in a thread with an event loop of its own, so that the caller's loop goes on meanwhile.

    Raises:
        DatabaseError: its schema is newer than this software.
    """
    await asyncio.to_thread(lambda: asyncio.run(_run(url, lambda connection: to_head(connection, name, pictures))))


async def _run(url: str, work: Callable[[Connection], None]) -> None:
    # Foreign keys are off while tables are rebuilt (SQLite changes a table by copying it).
    engine = connect(url, foreign_keys=False)
    try:
        # One transaction for all: two processes that start together take turns, a crash leaves no half.
        async with engine.begin() as connection:
            if on_postgres(url):  # where a transaction alone keeps nobody from beginning another
                await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def to_head(connection: Connection, name: str, pictures: Path) -> None:
    """Upgrade within the connection's transaction.

    Raises:
        DatabaseError: the database holds a revision that this software does not know.
    """
    config = configuration(connection, pictures)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if current - known:
        raise DatabaseError(f"the database {name} was made by a newer version of Amiko; update this one")
    command.upgrade(config, "head")


def configuration(connection: Connection, pictures: Path | None = None) -> Config:
    """Alembic's configuration for one connection, to a database whose pictures lie in this folder or the usual one."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["pictures"] = pictures or pictures_of(connection.engine.url.render_as_string(hide_password=False))
    return config
