"""Figures of each shop's hours and days are kept with the visits (PostgreSQL); one shop's visits by when they came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db import rollup_functions

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = ("visit_hours", "visit_days", "visit_waits")


def upgrade() -> None:
    """Forward."""
    op.create_index("ix_visits_shop_id_first_seen", "visits", ["shop_id", "first_seen"])
    op.add_column("shops", sa.Column("counted_by", sa.String(64)))
    op.create_table(
        "visit_hours",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_rules("visit_hours", "shop_id", "hour", "origin"),
    )
    op.create_table(
        "visit_days",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("gender", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_rules("visit_days", "shop_id", "what", "day", "origin", "key", "gender"),
        sa.CheckConstraint("what IN ('department', 'person', 'state', 'till')", name=op.f("ck_visit_days_what")),
    )
    op.create_table(
        "visit_waits",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_rules("visit_waits", "shop_id", "day", "origin", "bucket"),
    )
    op.create_table(
        "visit_changes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("checkout", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("department", sa.String(32), nullable=False),
        sa.Column("age_band", sa.String(16)),
        sa.Column("gender", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("bucket", sa.SmallInteger()),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visit_changes"),
        sa.CheckConstraint("origin IN ('camera', 'replay')", name=op.f("ck_visit_changes_origin")),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:  # rows are counted up over and over; with room beside them their indexes stay as they are
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 70)")
        rollup_functions.install(op.execute)


def downgrade() -> None:
    """Back to 0008. Figures of visits that are deleted are given up."""
    if op.get_bind().dialect.name == "postgresql":
        rollup_functions.remove(op.execute)
    for table in (*_TABLES, "visit_changes"):
        op.drop_table(table)
    op.drop_column("shops", "counted_by")
    op.drop_index("ix_visits_shop_id_first_seen", "visits")


def _rules(table: str, *key: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=f"fk_{table}_shop_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
        sa.CheckConstraint("origin IN ('camera', 'replay')", name=op.f(f"ck_{table}_origin")),
    )
