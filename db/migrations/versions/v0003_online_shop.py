"""The online shop: customers and their months, sessions and views, quarantine, trained models, churn scores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_CATEGORIES = "favourite_category IN ('kids', 'textiles', 'cosmetics', 'electronics', 'beauty', 'kitchen')"


def upgrade() -> None:
    """Forward."""
    _customers()
    _sessions()
    _models()


def downgrade() -> None:
    """Back to 0002, without the online shop."""
    for table in (
        "churn_scores",
        "trained_models",
        "shop_views",
        "shop_sessions",
        "customer_quarantine",
        "customer_months",
        "customers",
    ):
        op.drop_table(table)


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dropped", sa.Boolean()),
        sa.Column("service", sa.String(16), nullable=False),
        sa.Column("may_notify", sa.Boolean(), nullable=False),
        sa.Column("marketing_6_months", sa.Double(), nullable=False),
        sa.Column("marketing_current_month", sa.Double(), nullable=False),
        sa.Column("days_registered", sa.Integer(), nullable=False),
        sa.Column("promo_share", sa.Double(), nullable=False),
        sa.Column("favourite_category", sa.String(32), nullable=False),
        sa.Column("categories_per_visit", sa.Double(), nullable=False),
        sa.Column("unpaid_products", sa.Integer(), nullable=False),
        sa.Column("service_errors", sa.Integer(), nullable=False),
        sa.Column("pages_per_visit", sa.Double(), nullable=False),
        sa.Column("profit", sa.Double(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("imported_at", _INSTANT, nullable=False),
        sa.CheckConstraint("service IN ('standard', 'premium')", name=op.f("ck_customers_service")),
        sa.CheckConstraint(_CATEGORIES, name=op.f("ck_customers_favourite_category")),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
    )
    op.create_table(
        "customer_months",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.String(16), nullable=False),
        sa.Column("revenue", sa.Double()),
        sa.Column("minutes", sa.Double()),
        sa.CheckConstraint(
            "period IN ('before_previous', 'previous', 'current')", name=op.f("ck_customer_months_period")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_customer_months_customer_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "period", name="pk_customer_months"),
    )
    op.create_table(
        "customer_quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("file", sa.String(255), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("imported_at", _INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('customers', 'sessions')", name=op.f("ck_customer_quarantine_kind")),
        sa.PrimaryKeyConstraint("id", name="pk_customer_quarantine"),
    )
    op.create_index("ix_customer_quarantine_kind", "customer_quarantine", ["kind"])


def _sessions() -> None:
    op.create_table(
        "shop_sessions",
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=False),
        sa.Column("gender", sa.String(16)),
        sa.Column("visitor", sa.String(64)),
        sa.Column("synthetic", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("gender IN ('female', 'male')", name=op.f("ck_shop_sessions_gender")),
        sa.PrimaryKeyConstraint("session_id", name="pk_shop_sessions"),
    )
    op.create_index("ix_shop_sessions_visitor_ended_at", "shop_sessions", ["visitor", "ended_at"])
    op.create_table(
        "shop_views",
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(f"category_{level}", sa.String(64), nullable=False) for level in "abcd"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["shop_sessions.session_id"], name="fk_shop_views_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "position", name="pk_shop_views"),
    )


def _models() -> None:
    op.create_table(
        "trained_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("protocol", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("trained_at", _INSTANT, nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("activated_at", _INSTANT),
        sa.CheckConstraint("kind IN ('churn', 'session-gender')", name=op.f("ck_trained_models_kind")),
        sa.PrimaryKeyConstraint("id", name="pk_trained_models"),
    )
    op.create_index(
        "uq_trained_models_active_kind",
        "trained_models",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "churn_scores",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("scored_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_churn_scores_customer_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["trained_models.id"], name="fk_churn_scores_model_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", name="pk_churn_scores"),
    )
    op.create_index("ix_churn_scores_probability", "churn_scores", ["probability"])
