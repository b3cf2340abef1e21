"""Shops: cameras, staff, visits and what hangs on them belong to one; what was there belongs to the first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FIRST = "shop"  # until a process whose config.yaml knows better has started
_STATUSES = "status IN ('waiting', 'busy', 'off')"
_ROLES = "role IN ('assistant', 'manager'{})"


def upgrade() -> None:
    """Forward."""
    shops = op.create_table(
        "shops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_shops"),
        sa.UniqueConstraint("name_key", name="uq_shops_name_key"),
    )
    # Its number is 1, the first that the database gives.
    op.bulk_insert(shops, [{"name": _FIRST, "name_key": _FIRST, "time_zone": "UTC"}])
    with _rebuilt("cameras") as cameras:
        _add_shop(cameras, "cameras")
        cameras.drop_constraint(op.f("uq_cameras_name"), type_="unique")
        cameras.create_unique_constraint("uq_cameras_shop_id_name", ["shop_id", "name"])
    with _rebuilt("staff", role=_ROLES.format(", 'chain_manager'"), status=_STATUSES) as staff:
        _add_shop(staff, "staff")
        staff.create_index("ix_staff_shop_id", ["shop_id"])
    with _rebuilt("invites", role=_ROLES.format(", 'chain_manager'")) as invites:
        _add_shop(invites, "invites")
    with _rebuilt("applicants", state="state IN ('asked', 'approved', 'refused')") as applicants:
        _add_shop(applicants, "applicants")
    for table in ("cameras", "staff", "invites", "applicants"):
        with op.batch_alter_table(table) as changed:
            changed.alter_column("shop_id", server_default=None)
    # In words, as a column that comes with its default and its rule spares rebuilding the largest table.
    op.execute(
        "ALTER TABLE visits ADD COLUMN shop_id INTEGER DEFAULT 1 NOT NULL "
        "CONSTRAINT fk_visits_shop_id REFERENCES shops (id)"
    )
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("visits", "shop_id", server_default=None)
    op.create_index("ix_visits_shop_id_recorded_at", "visits", ["shop_id", "recorded_at"])


def downgrade() -> None:
    """Back to 0004: all shops become one. Of cameras that bear one name, the later say whose they are."""
    op.execute(
        "UPDATE cameras SET name = name || ' (' || (SELECT name FROM shops WHERE shops.id = cameras.shop_id) || ')' "
        "WHERE EXISTS (SELECT 1 FROM cameras AS other WHERE other.name = cameras.name AND other.id < cameras.id)"
    )
    op.execute("UPDATE staff SET role = 'manager' WHERE role = 'chain_manager'")
    op.execute("UPDATE invites SET role = 'manager' WHERE role = 'chain_manager'")
    op.drop_index("ix_visits_shop_id_recorded_at", "visits")
    op.drop_column("visits", "shop_id")
    with _rebuilt("applicants", state="state IN ('asked', 'approved', 'refused')") as applicants:
        applicants.drop_column("shop_id")
    with _rebuilt("invites", role=_ROLES.format("")) as invites:
        invites.drop_column("shop_id")
    op.drop_index("ix_staff_shop_id", "staff")
    with _rebuilt("staff", role=_ROLES.format(""), status=_STATUSES) as staff:
        staff.drop_column("shop_id")
    with _rebuilt("cameras") as cameras:
        cameras.drop_constraint(op.f("uq_cameras_shop_id_name"), type_="unique")
        cameras.create_unique_constraint("uq_cameras_name", ["name"])
        cameras.drop_column("shop_id")
    op.drop_table("shops")


@contextmanager
def _rebuilt(table: str, **checks: str) -> Iterator[Any]:
    """Changes to a table whose checks, by column, are these afterwards."""
    with op.batch_alter_table(table) as batch:
        for check in sa.inspect(op.get_bind()).get_check_constraints(table):
            batch.drop_constraint(op.f(str(check["name"])), type_="check")
        yield batch
        for column, rule in checks.items():
            batch.create_check_constraint(op.f(f"ck_{table}_{column}"), rule)


def _add_shop(batch: Any, table: str) -> None:
    batch.add_column(sa.Column("shop_id", sa.Integer(), server_default="1", nullable=False))
    batch.create_foreign_key(op.f(f"fk_{table}_shop_id"), "shops", ["shop_id"], ["id"])
