"""Which revision of the schema a database has, and which this software knows."""

from __future__ import annotations

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS = ScriptDirectory(str(Path(__file__).with_name("migrations")))


def newest() -> str | None:
    """The revision that an upgrade brings a database to."""
    return _MIGRATIONS.get_current_head()


def known() -> set[str]:
    """Every revision that this software can upgrade from."""
    return {script.revision for script in _MIGRATIONS.walk_revisions()}


def of(connection: Connection) -> str | None:
    """The revision that a database has, None where it was never prepared."""
    return MigrationContext.configure(connection).get_current_revision()
