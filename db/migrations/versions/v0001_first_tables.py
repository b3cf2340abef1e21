"""First tables: cameras, visits, snapshots, staff, deliveries, outcomes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward."""
    _cameras_and_staff()
    _visits()
    _deliveries()
    op.create_table(
        "outcomes",
        sa.Column("visit_id", sa.String(36), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("department", sa.String(32)),
        sa.Column("at", _INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('served', 'left', 'not_mine')", name=op.f("ck_outcomes_kind")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_outcomes_visit_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_outcomes_staff_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visit_id", "staff_id", name="pk_outcomes"),
    )


def downgrade() -> None:
    """Back to an empty database."""
    for table in ("outcomes", "deliveries", "snapshots", "visits", "staff", "cameras"):
        op.drop_table(table)


def _cameras_and_staff() -> None:
    op.create_table(
        "cameras",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
        sa.UniqueConstraint("name", name="uq_cameras_name"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("telegram_id", sa.BigInteger()),
        sa.Column("username", sa.String(64)),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8)),
        sa.Column("status", sa.String(16), server_default="off", nullable=False),
        sa.Column("waiting_since", _INSTANT),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("chat_id", sa.BigInteger()),
        sa.CheckConstraint("role IN ('assistant', 'manager')", name=op.f("ck_staff_role")),
        sa.CheckConstraint("status IN ('waiting', 'busy', 'off')", name=op.f("ck_staff_status")),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("telegram_id", name="uq_staff_telegram_id"),
        sa.UniqueConstraint("username", name="uq_staff_username"),
    )


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("camera_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("first_seen", _INSTANT, nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=False),
        sa.Column("last_seen", _INSTANT, nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("faces", sa.Integer(), nullable=False),
        sa.Column("age_mean", sa.Double()),
        sa.Column("age_low", sa.Integer()),
        sa.Column("age_high", sa.Integer()),
        sa.Column("age_band", sa.String(16)),
        sa.Column("gender", sa.String(16), nullable=False),
        sa.Column("p_female", sa.Double()),
        sa.Column("attire_labels", sa.JSON(), nullable=False),
        sa.Column("attire_scores", sa.JSON(), nullable=False),
        sa.Column("department", sa.String(32), nullable=False),
        sa.Column("department_p", sa.Double(), nullable=False),
        sa.Column("ranking", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("claimed_by", sa.Integer()),
        sa.Column("claimed_at", _INSTANT),
        sa.CheckConstraint("origin IN ('camera', 'replay')", name=op.f("ck_visits_origin")),
        sa.CheckConstraint(
            "state IN ('offered', 'claimed', 'served', 'left', 'missed', 'recorded')", name=op.f("ck_visits_state")
        ),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name="fk_visits_camera_id"),
        sa.ForeignKeyConstraint(["claimed_by"], ["staff.id"], name="fk_visits_claimed_by", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
    )
    op.create_index("ix_visits_camera_id", "visits", ["camera_id"])
    op.create_index("ix_visits_recorded_at", "visits", ["recorded_at"])
    op.create_table(
        "snapshots",
        sa.Column("visit_id", sa.String(36), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_snapshots_visit_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visit_id", name="pk_snapshots"),
    )
    op.create_index("ix_snapshots_created_at", "snapshots", ["created_at"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.String(36), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", _INSTANT),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("photo", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sent_at", _INSTANT),
        sa.Column("last_error", sa.Text()),
        sa.Column("edit_due", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'sent', 'expired', 'failed')", name=op.f("ck_deliveries_state")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_deliveries_visit_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_deliveries_staff_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("visit_id", "staff_id", name="uq_deliveries_visit_id_staff_id"),
    )
    op.create_index("ix_deliveries_staff_id", "deliveries", ["staff_id"])
    op.create_index("ix_deliveries_state", "deliveries", ["state"])
    op.create_index("ix_deliveries_edit_due", "deliveries", ["edit_due"])
