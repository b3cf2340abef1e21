"""The tables of a chain's figures, added up as visits come: by hour and by day of each shop's own clock.

PostgreSQL keeps them (`db.rollup_functions`). SQLite holds one shop, whose visits are counted one by one; there the
tables are empty, but for what a copy has brought along, so that none of it is lost.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, one_of


class VisitHour(Base):
    """Visits first seen in an hour that begins at `hour` and is a full one by the shop's clock; not those at a till."""

    __tablename__ = "visit_hours"
    __table_args__ = (one_of("origin", "camera", "replay"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int]


class VisitDay(Base):
    """How many visits of a day had one trait, or of customers at tills how many there were.

    `what` says of what `key` is: a department, a state, or of a "person" the age band ("" where unknown), whose
    `gender` stands beside it and is "" of all others; of the "till", "customer" and, those to be asked for a document,
    "asked".
    """

    __tablename__ = "visit_days"
    __table_args__ = (
        one_of("what", "department", "person", "state", "till"),
        one_of("origin", "camera", "replay"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    what: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    gender: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int]


class VisitWait(Base):
    """How many visits of a day waited so long for their first Take: `bucket` of `db.waits`."""

    __tablename__ = "visit_waits"
    __table_args__ = (one_of("origin", "camera", "replay"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(String(16), primary_key=True)
    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    number: Mapped[int]


class VisitChange(Base):
    """What the other three do not hold yet: `number` visits of these traits more, or fewer where it is negative.

    A visit's own transaction only adds rows here, so that no two wait for each other; now and then they are folded.
    """

    __tablename__ = "visit_changes"
    __table_args__ = (one_of("origin", "camera", "replay"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    shop_id: Mapped[int]
    first_seen: Mapped[datetime]
    origin: Mapped[str] = mapped_column(String(16))
    checkout: Mapped[bool]
    asked: Mapped[bool]
    department: Mapped[str] = mapped_column(String(32))
    age_band: Mapped[str | None] = mapped_column(String(16))
    gender: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    bucket: Mapped[int | None] = mapped_column(SmallInteger)
    number: Mapped[int]
