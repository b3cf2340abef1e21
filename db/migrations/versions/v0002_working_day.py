"""A working day: invitations, filters and hours, how visits end, messages to managers, how cameras are doing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_VISIT_INSTANTS = ("first_claimed_at", "gone_at", "next_offer_at", "escalated_at", "reminded_at", "closed_at")
_ORIGINS = "origin IN ('camera', 'replay')"
_VISIT_STATES = "state IN ('offered', 'claimed', 'served', 'left', {}'missed', 'recorded')"
_DELIVERY_STATES = "state IN ('pending', 'sent', 'expired', 'failed')"
_DELIVERY_KINDS = "kind IN ('offer', 'escalation')"
_OUTCOMES = "kind IN ('served', 'left', 'not_mine'{})"
_ROLES = "role IN ('assistant', 'manager')"
_STATUSES = "status IN ('waiting', 'busy', 'off')"


def upgrade() -> None:
    """Forward."""
    _people()
    _messages()
    with _rebuilt("visits", origin=_ORIGINS, state=_VISIT_STATES.format("'unknown', ")) as visits:
        for name in _VISIT_INSTANTS:
            visits.add_column(sa.Column(name, _INSTANT))
        visits.add_column(sa.Column("wanted", sa.String(32)))
        visits.create_index("ix_visits_first_seen", ["first_seen"])
        visits.create_index("ix_visits_state", ["state"])
    # Nothing closed a visit before; left open, every old card would now be edited, and whoever is busy set free.
    op.execute("UPDATE visits SET state = 'missed', closed_at = recorded_at WHERE state = 'offered'")
    op.execute(
        "UPDATE visits SET state = 'unknown', closed_at = claimed_at, first_claimed_at = claimed_at "
        "WHERE state = 'claimed'"
    )
    with _rebuilt("deliveries", state=_DELIVERY_STATES, kind=_DELIVERY_KINDS) as deliveries:
        deliveries.add_column(sa.Column("kind", sa.String(16), server_default="offer", nullable=False))
        deliveries.add_column(sa.Column("asked_at", _INSTANT))
    with _rebuilt("outcomes", kind=_OUTCOMES.format(", 'passed_on', 'unknown'")):
        pass


def downgrade() -> None:
    """Back to 0001; what that did not know is given up."""
    op.execute("DELETE FROM outcomes WHERE kind IN ('passed_on', 'unknown')")
    with _rebuilt("outcomes", kind=_OUTCOMES.format("")):
        pass
    with _rebuilt("deliveries", state=_DELIVERY_STATES) as deliveries:
        deliveries.drop_column("asked_at")
        deliveries.drop_column("kind")
    op.execute("UPDATE visits SET state = 'claimed' WHERE state = 'unknown'")
    with _rebuilt("visits", origin=_ORIGINS, state=_VISIT_STATES.format("")) as visits:
        visits.drop_index("ix_visits_state")
        visits.drop_index("ix_visits_first_seen")
        for name in (*_VISIT_INSTANTS, "wanted"):
            visits.drop_column(name)
    for table in ("notices", "digests", "camera_states", "applicants", "invites"):
        op.drop_table(table)
    with _rebuilt("staff", role=_ROLES, status=_STATUSES) as staff:
        for name in ("departments", "cameras", "hours", "quiet", "muted_until", "unreachable_since"):
            staff.drop_column(name)


@contextmanager
def _rebuilt(table: str, **checks: str) -> Iterator[Any]:
    """Changes to a table whose checks, by column, are these afterwards."""
    with op.batch_alter_table(table) as batch:
        for check in sa.inspect(op.get_bind()).get_check_constraints(table):
            batch.drop_constraint(op.f(str(check["name"])), type_="check")
        yield batch
        for column, rule in checks.items():
            batch.create_check_constraint(op.f(f"ck_{table}_{column}"), rule)


def _people() -> None:
    with op.batch_alter_table("staff") as staff:
        for name, empty in (("departments", "[]"), ("cameras", "[]"), ("hours", "{}"), ("quiet", "[]")):
            staff.add_column(sa.Column(name, sa.JSON(), server_default=empty, nullable=False))
        staff.add_column(sa.Column("muted_until", _INSTANT))
        staff.add_column(sa.Column("unreachable_since", _INSTANT))
    op.create_table(
        "invites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_by", sa.Integer()),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
        sa.CheckConstraint("role IN ('assistant', 'manager')", name=op.f("ck_invites_role")),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name="fk_invites_created_by", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_invites"),
        sa.UniqueConstraint("token_sha256", name="uq_invites_token_sha256"),
    )
    op.create_table(
        "applicants",
        sa.Column("telegram_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.String(64)),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.Integer()),
        sa.CheckConstraint("state IN ('asked', 'approved', 'refused')", name=op.f("ck_applicants_state")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name="fk_applicants_decided_by", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("telegram_id", name="pk_applicants"),
    )


def _messages() -> None:
    op.create_table(
        "camera_states",
        sa.Column("camera_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("fps", sa.Double(), server_default="0", nullable=False),
        sa.Column("dropped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reconnects", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lag_ms", sa.Double()),
        sa.Column("last_frame_at", _INSTANT),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("alerted_at", _INSTANT),
        sa.CheckConstraint(
            "state IN ('starting', 'running', 'stalled', 'failed', 'stopped')", name=op.f("ck_camera_states_state")
        ),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name="fk_camera_states_camera_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("camera_id", name="pk_camera_states"),
    )
    op.create_table(
        "digests",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(5), nullable=False),
        sa.Column("sent_for", sa.String(10)),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_digests_staff_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", name="pk_digests"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("state", sa.String(16), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", _INSTANT),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("edit_due", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.CheckConstraint("state IN ('pending', 'sent', 'failed')", name=op.f("ck_notices_state")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_notices_staff_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    for column in ("staff_id", "state", "edit_due"):
        op.create_index(f"ix_notices_{column}", "notices", [column])
