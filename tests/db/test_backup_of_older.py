"""A backup of an older version takes the place of a newer database, and becomes the newest by itself (PostgreSQL)."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command

from db import migrate, revisions, staff
from db.backup import backup, restore
from db.engine import Database
from tests.databases import ON_POSTGRES, rows
from tests.db.test_migrations import differences, with_connection

pytestmark = ON_POSTGRES


async def older(database: Database, revision: str) -> None:
    """Bring a new database back to a schema, with somebody in it."""
    async with database.session() as session:
        await staff.add(session, "Анна", "assistant", username="anna")
    await with_connection(database.url, lambda c: command.downgrade(migrate.configuration(c), revision))


@pytest.mark.parametrize("revision", ["0001", "0008"])
async def test_it_is_made_brought_back_over_a_newer_one_and_upgraded(
    database_url: str, revision: str, tmp_path: Path
) -> None:
    database, file = Database(database_url), tmp_path / "before.tar"
    await older(database, revision)
    assert (await backup(database, file, tmp_path, pictures=False, force=False)).schema == revision
    await database.upgrade()
    await with_connection(database_url, lambda c: c.exec_driver_sql("DELETE FROM staff"))

    await restore(database, file, tmp_path, force=True)
    assert await with_connection(database_url, revisions.of) == revision
    await database.upgrade()

    assert await with_connection(database_url, differences) == []
    assert rows(database_url, "SELECT name FROM staff") == [("Анна",)]
    await database.close()
