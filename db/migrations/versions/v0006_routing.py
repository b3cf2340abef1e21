"""Of a visit is kept what routing learns from: the age's distribution and the card's order; and what was learnt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Visits from before have no distribution any more, so nothing is learnt from them."""
    op.add_column("visits", sa.Column("age_bands", sa.JSON()))
    op.add_column("visits", sa.Column("shown", sa.JSON()))
    op.add_column("visits", sa.Column("propensity", sa.Double()))
    op.create_table(
        "routing_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("outcomes", sa.Integer(), nullable=False),
        sa.Column("learnt_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_routing_models_shop_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_routing_models"),
    )
    op.create_index("ix_routing_models_shop_id", "routing_models", ["shop_id"])
    op.create_index(
        "uq_routing_models_active_shop_id",
        "routing_models",
        ["shop_id"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )


def downgrade() -> None:
    """Back to 0005. What was learnt is given up."""
    op.drop_table("routing_models")
    op.drop_column("visits", "propensity")
    op.drop_column("visits", "shown")
    op.drop_column("visits", "age_bands")
