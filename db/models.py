"""The tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.types import UtcDateTime

Origin = Literal["camera", "replay"]
VisitState = Literal["offered", "claimed", "served", "left", "missed", "recorded"]
Role = Literal["assistant", "manager"]
Status = Literal["waiting", "busy", "off"]
DeliveryState = Literal["pending", "sent", "expired", "failed"]
OutcomeKind = Literal["served", "left", "not_mine"]


class Base(DeclarativeBase):
    """The tables of Amiko; constraints are named so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, list[Any]: JSON, dict[str, Any]: JSON}


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


class Camera(Base):
    """A camera by the name it has in config.yaml, or the name given to a replay."""

    __tablename__ = "cameras"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Staff(Base):
    """A person who works in the shop. `chat_id` stands once they have logged in."""

    __tablename__ = "staff"
    __table_args__ = (
        _one_of("role", "assistant", "manager"),
        _one_of("status", "waiting", "busy", "off"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    username: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(16), server_default="off", default="off")
    waiting_since: Mapped[datetime | None]
    added_at: Mapped[datetime]
    chat_id: Mapped[int | None] = mapped_column(BigInteger)


class Visit(Base):
    """One person's visit. Nullable traits belong to a visitor of whom too little was seen."""

    __tablename__ = "visits"
    __table_args__ = (
        _one_of("origin", "camera", "replay"),
        _one_of("state", "offered", "claimed", "served", "left", "missed", "recorded"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id"), index=True)
    origin: Mapped[str] = mapped_column(String(16))
    first_seen: Mapped[datetime]
    decided_at: Mapped[datetime]
    last_seen: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    faces: Mapped[int]
    age_mean: Mapped[float | None]
    age_low: Mapped[int | None]
    age_high: Mapped[int | None]
    age_band: Mapped[str | None] = mapped_column(String(16))
    gender: Mapped[str] = mapped_column(String(16))
    p_female: Mapped[float | None]
    attire_labels: Mapped[list[Any]]
    attire_scores: Mapped[dict[str, Any]]
    department: Mapped[str] = mapped_column(String(32))
    department_p: Mapped[float]
    ranking: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    claimed_at: Mapped[datetime | None]


class Snapshot(Base):
    """A visitor's picture, apart from the visit so that it can be purged alone."""

    __tablename__ = "snapshots"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Delivery(Base):
    """The outbox: that one visit is to be told to one person, and how far that has come.

    `next_attempt_at` is empty for a first attempt, so that no clock can delay it. `edit_due` asks for the
    sent card to be brought up to date; `photo` says whether it was sent with a picture.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("visit_id", "staff_id"),
        _one_of("state", "pending", "sent", "expired", "failed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(16), server_default="pending", default="pending", index=True)
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    next_attempt_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    photo: Mapped[bool] = mapped_column(server_default=false(), default=False)
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    edit_due: Mapped[bool] = mapped_column(server_default=false(), default=False, index=True)


class Outcome(Base):
    """How a visit ended for one person."""

    __tablename__ = "outcomes"
    __table_args__ = (_one_of("kind", "served", "left", "not_mine"),)

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    department: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime]
