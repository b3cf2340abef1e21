"""The tables of the shops on the street: cameras, visits, staff and what they are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, one_of

Origin = Literal["camera", "replay"]
VisitState = Literal["offered", "claimed", "served", "left", "unknown", "missed", "recorded"]
Role = Literal["assistant", "manager", "chain_manager"]
Status = Literal["waiting", "busy", "off"]
DeliveryState = Literal["pending", "sent", "expired", "failed"]
DeliveryKind = Literal["offer", "escalation"]
OutcomeKind = Literal["served", "left", "not_mine", "passed_on", "unknown"]

MANAGERS: tuple[Role, ...] = ("manager", "chain_manager")
"""Who manages their own shop; a chain manager sees the others, too."""


class Shop(Base):
    """One shop of the chain. `name_key` is its name as it is looked up, whatever letters are large.

    `time_zone` is an IANA name. `settled_at` stands once a process whose config.yaml names this shop has started; the
    shop that a new database begins with takes the name of the first that does. `counted_by` is the clock by which its
    figures are kept (PostgreSQL): another one only where the server does not know `time_zone`, or did not before.
    """

    __tablename__ = "shops"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    settled_at: Mapped[datetime | None]
    counted_by: Mapped[str | None] = mapped_column(String(64))


class Camera(Base):
    """A camera by the name it has in its shop's config.yaml, or the name given to a replay."""

    __tablename__ = "cameras"
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    name: Mapped[str] = mapped_column(String(200))


class CameraState(Base):
    """How a camera is doing, as the worker last wrote it down; `alerted_at` stands while managers know it is silent."""

    __tablename__ = "camera_states"
    __table_args__ = (one_of("state", "starting", "running", "stalled", "failed", "stopped"),)

    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    fps: Mapped[float] = mapped_column(server_default="0", default=0.0)
    dropped: Mapped[int] = mapped_column(server_default="0", default=0)
    reconnects: Mapped[int] = mapped_column(server_default="0", default=0)
    lag_ms: Mapped[float | None]
    last_frame_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    alerted_at: Mapped[datetime | None]


class Staff(Base):
    """A person who works in one shop. `chat_id` stands once they have logged in.

    `departments` and `cameras` are what they want to hear of (all, where empty). `hours` maps "mon" … "sun" to
    [from, to] as "HH:MM" (always, where empty), `quiet` is [from, to] or empty and may span midnight.
    `unreachable_since` stands from a blocked message until they write again.
    """

    __tablename__ = "staff"
    __table_args__ = (
        one_of("role", "assistant", "manager", "chain_manager"),
        one_of("status", "waiting", "busy", "off"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"), index=True)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    username: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(16), server_default="off", default="off")
    waiting_since: Mapped[datetime | None]
    added_at: Mapped[datetime]
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    departments: Mapped[list[Any]] = mapped_column(server_default="[]", default=list)
    cameras: Mapped[list[Any]] = mapped_column(server_default="[]", default=list)
    hours: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)
    quiet: Mapped[list[Any]] = mapped_column(server_default="[]", default=list)
    muted_until: Mapped[datetime | None]
    unreachable_since: Mapped[datetime | None]
    shop: Mapped[Shop] = relationship(lazy="joined", innerjoin=True)

    @property
    def manages(self) -> bool:
        """Whether they are a manager of their shop."""
        return self.role in MANAGERS

    @property
    def sees_all(self) -> bool:
        """Whether they are a manager of the whole chain."""
        return self.role == "chain_manager"


class Invite(Base):
    """A one-time way onto the staff list of one shop; only the SHA-256 of its token is kept."""

    __tablename__ = "invites"
    __table_args__ = (one_of("role", "assistant", "manager", "chain_manager"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Applicant(Base):
    """A stranger who asked to be let into a shop, and what its managers said."""

    __tablename__ = "applicants"
    __table_args__ = (one_of("state", "asked", "approved", "refused"),)

    telegram_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    chat_id: Mapped[int] = mapped_column(BigInteger)
    username: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))


class Digest(Base):
    """A manager's daily picture: at what time of the shop's clock, and the last day ("2026-05-04") it was sent for."""

    __tablename__ = "digests"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[str] = mapped_column(String(5))
    sent_for: Mapped[str | None] = mapped_column(String(10))


class Notice(Base):
    """A message that belongs to no visit and must not be lost: an alert, a request, a summary.

    `payload` is what the text of its `kind` needs. `edit_due` asks for a sent one to be brought up to date;
    until `leased_until` it is another notifier that is at it.
    """

    __tablename__ = "notices"
    __table_args__ = (one_of("state", "pending", "sent", "failed"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), server_default="pending", default="pending", index=True)
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    next_attempt_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    edit_due: Mapped[bool] = mapped_column(server_default=false(), default=False, index=True)
    last_error: Mapped[str | None] = mapped_column(Text)


class Visit(Base):
    """One person's visit to one shop. Nullable traits belong to a visitor of whom too little was seen.

    On PostgreSQL visits, deliveries and outcomes lie in months (`db.partitions`), by `first_seen`, which never changes:
    there it is a part of the keys, and triggers stand in the place of the foreign keys to this table.

    `gone_at` stands once the visitor has left the camera's view, `next_offer_at` is when the next in turn is asked,
    `wanted` is the department that the visitor really wanted, as the assistant said. A visit seen at a till
    (`checkout`) is offered to nobody; `age_check` stands where a document was to be asked for.

    For routing to learn from: `age_bands` is P(age in band) for each of `routing.evidence.BANDS`, `shown` the order of
    a card's departments where that was drawn by lot (otherwise it is that of `ranking`), `propensity` how likely the
    first of them was to be the first.
    """

    __tablename__ = "visits"
    __table_args__ = (
        one_of("origin", "camera", "replay"),
        one_of("state", "offered", "claimed", "served", "left", "unknown", "missed", "recorded"),
        one_of("age_check", "likely", "possible"),
        Index("ix_visits_shop_id_recorded_at", "shop_id", "recorded_at"),
        Index("ix_visits_shop_id_first_seen", "shop_id", "first_seen"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id"), index=True)
    origin: Mapped[str] = mapped_column(String(16))
    first_seen: Mapped[datetime] = mapped_column(index=True)
    decided_at: Mapped[datetime]
    last_seen: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    faces: Mapped[int]
    age_mean: Mapped[float | None]
    age_low: Mapped[int | None]
    age_high: Mapped[int | None]
    age_band: Mapped[str | None] = mapped_column(String(16))
    age_bands: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    gender: Mapped[str] = mapped_column(String(16))
    p_female: Mapped[float | None]
    attire_labels: Mapped[list[Any]]
    attire_scores: Mapped[dict[str, Any]]
    department: Mapped[str] = mapped_column(String(32))
    department_p: Mapped[float]
    ranking: Mapped[list[Any]]
    shown: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    propensity: Mapped[float | None]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), index=True)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    claimed_at: Mapped[datetime | None]
    first_claimed_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    next_offer_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    wanted: Mapped[str | None] = mapped_column(String(32))
    checkout: Mapped[bool] = mapped_column(server_default=false(), default=False)
    age_check: Mapped[str | None] = mapped_column(String(16))


class Snapshot(Base):
    """That a visit has a picture, which is a file of `db.snapshots` and can be purged alone."""

    __tablename__ = "snapshots"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Delivery(Base):
    """The outbox: that one visit is to be told to one person, and how far that has come.

    `asked_at` stands where this was written down, or begun afresh, later than its visit: its age counts from then.
    `next_attempt_at` is empty for a first attempt, so that no clock can delay it. `edit_due` asks for the
    sent card to be brought up to date; `photo` says whether it shows the visitor's picture. Until `leased_until` it is
    another notifier that is at it. `visit_seen` is its visit's `first_seen`.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("visit_id", "staff_id", "visit_seen"),
        # Few cards show a picture still, and every hour these are looked for among all there ever were.
        Index("ix_deliveries_photo", "id", postgresql_where=text("photo"), sqlite_where=text("photo = 1")),
        one_of("kind", "offer", "escalation"),
        one_of("state", "pending", "sent", "expired", "failed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), server_default="offer", default="offer")
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"))
    visit_seen: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), server_default="pending", default="pending", index=True)
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    next_attempt_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    photo: Mapped[bool] = mapped_column(server_default=false(), default=False)
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    edit_due: Mapped[bool] = mapped_column(server_default=false(), default=False, index=True)


class Outcome(Base):
    """How a visit ended for one person. `visit_seen` is the visit's `first_seen`, a key only for PostgreSQL's sake."""

    __tablename__ = "outcomes"
    __table_args__ = (one_of("kind", "served", "left", "not_mine", "passed_on", "unknown"),)

    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    visit_seen: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    department: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime]

    __mapper_args__ = {"primary_key": (visit_id, staff_id)}  # noqa: RUF012 - declared by SQLAlchemy
