"""Several notifiers may share the outbox: what one sends is its own for some seconds; PostgreSQL nudges them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

_OUTBOX = ("deliveries", "notices")
_FUNCTION = """
CREATE FUNCTION amiko_nudge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY amiko;
    RETURN NULL;
END
$$
"""
_TRIGGERS = {
    table: f"""
CREATE TRIGGER amiko_nudge AFTER INSERT OR UPDATE OF state, edit_due ON {table}
FOR EACH ROW WHEN (NEW.state = 'pending' OR NEW.edit_due) EXECUTE FUNCTION amiko_nudge()
"""
    for table in _OUTBOX
}


def upgrade() -> None:
    """Forward."""
    for table in _OUTBOX:
        op.add_column(table, sa.Column("leased_until", sa.DateTime(timezone=True)))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        for trigger in _TRIGGERS.values():
            op.execute(trigger)


def downgrade() -> None:
    """Back to 0006."""
    if op.get_bind().dialect.name == "postgresql":
        for table in _OUTBOX:
            op.execute(f"DROP TRIGGER amiko_nudge ON {table}")
        op.execute("DROP FUNCTION amiko_nudge()")
    for table in _OUTBOX:
        op.drop_column(table, "leased_until")
