"""The tables of the online shop: customers, sessions, and the models learnt from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, one_of

Service = Literal["standard", "premium"]
Category = Literal["kids", "textiles", "cosmetics", "electronics", "beauty", "kitchen"]
Period = Literal["before_previous", "previous", "current"]
Gender = Literal["female", "male"]
ModelKind = Literal["churn", "session-gender"]

SERVICES: tuple[Service, ...] = ("standard", "premium")
CATEGORIES: tuple[Category, ...] = ("kids", "textiles", "cosmetics", "electronics", "beauty", "kitchen")
PERIODS: tuple[Period, ...] = ("before_previous", "previous", "current")


class Customer(Base):
    """A regular customer of the online shop, as the last import described them.

    `dropped` says whether they buy less than before («Снизилась»), where that is known. `marketing_…` are the shop's
    messages a month, `promo_share` is P(promo | purchase), `favourite_category` has the keys of the departments,
    `profit` is what they bring a month, as the shop counts it. `synthetic` marks who was generated and never lived.
    """

    __tablename__ = "customers"
    __table_args__ = (one_of("service", *SERVICES), one_of("favourite_category", *CATEGORIES))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    dropped: Mapped[bool | None]
    service: Mapped[str] = mapped_column(String(16))
    may_notify: Mapped[bool]
    marketing_6_months: Mapped[float]
    marketing_current_month: Mapped[float]
    days_registered: Mapped[int]
    promo_share: Mapped[float]
    favourite_category: Mapped[str] = mapped_column(String(32))
    categories_per_visit: Mapped[float]
    unpaid_products: Mapped[int]
    service_errors: Mapped[int]
    pages_per_visit: Mapped[float]
    profit: Mapped[float]
    synthetic: Mapped[bool] = mapped_column(server_default=false(), default=False)
    imported_at: Mapped[datetime]


class CustomerMonth(Base):
    """What a customer spent in a month, and how long they looked around; minutes are known of the last two only."""

    __tablename__ = "customer_months"
    __table_args__ = (one_of("period", *PERIODS),)

    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    period: Mapped[str] = mapped_column(String(16), primary_key=True)
    revenue: Mapped[float | None]
    minutes: Mapped[float | None]


class QuarantinedRow(Base):
    """A row of a file that was not imported, and why. `kind` is what was being imported, `line` counts from 1."""

    __tablename__ = "customer_quarantine"
    __table_args__ = (one_of("kind", "customers", "sessions"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    file: Mapped[str] = mapped_column(String(255))
    line: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[datetime]


class ShopSession(Base):
    """One anonymous visit to the online shop; `visitor` joins the visits of one person where the shop knows that."""

    __tablename__ = "shop_sessions"
    __table_args__ = (
        one_of("gender", "female", "male"),
        Index("ix_shop_sessions_visitor_ended_at", "visitor", "ended_at"),
    )

    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    gender: Mapped[str | None] = mapped_column(String(16))
    visitor: Mapped[str | None] = mapped_column(String(64))
    synthetic: Mapped[bool] = mapped_column(server_default=false(), default=False)


class ShopView(Base):
    """A product that was looked at in a session: its categories, from the widest (a) to the product itself (d)."""

    __tablename__ = "shop_views"

    session_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("shop_sessions.session_id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    category_a: Mapped[str] = mapped_column(String(64))
    category_b: Mapped[str] = mapped_column(String(64))
    category_c: Mapped[str] = mapped_column(String(64))
    category_d: Mapped[str] = mapped_column(String(64))


class TrainedModel(Base):
    """A model that was trained, and whether it answers now: at most one of each kind is active.

    `fingerprint` is the SHA-256 of the data it learnt from. `activated_at` is when it last became the active one, None
    where it never was or was taken back: rolling back looks among those that have it.
    """

    __tablename__ = "trained_models"
    __table_args__ = (
        one_of("kind", "churn", "session-gender"),
        Index(
            "uq_trained_models_active_kind",
            "kind",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    file: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    protocol: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    trained_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(server_default=false(), default=False)
    activated_at: Mapped[datetime | None]


class ChurnScore(Base):
    """How likely a customer is to buy less, by one model, and what speaks for and against it."""

    __tablename__ = "churn_scores"

    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    probability: Mapped[float] = mapped_column(index=True)
    reasons: Mapped[list[Any]]
    model_id: Mapped[int] = mapped_column(ForeignKey("trained_models.id", ondelete="CASCADE"))
    scored_at: Mapped[datetime]
