"""What Alembic runs for each command: our tables, on the connection it was given."""

from __future__ import annotations

from alembic import context

from db import models, routing_models, shop_models  # noqa: F401  (they declare the tables)
from db.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by rebuilding it
)
with context.begin_transaction():
    context.run_migrations()
