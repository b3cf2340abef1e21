"""Single visits of a period: those that nobody took, and all of them as rows of a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.figures import Span
from db.models import Camera, Delivery, Shop, Staff, Visit
from db.statistics import during, prevailing_origin, seconds_to_claim

_ROWS_AT_ONCE = 50  # between two of which other work of the event loop goes on


@dataclass(frozen=True)
class Missed:
    """A visit that nobody took; `asked`: whether it was offered to anybody at all."""

    first_seen: datetime
    camera: str
    department: str
    asked: bool


@dataclass(frozen=True)
class Row:
    """A visit as a line of the journal.

    Attributes:
        first_seen: instant.
        department: key; `department_p` is its probability, `wanted` the key that was really wanted, where known.
        attire: traits shown.
        taken_by: the name of who has taken it, None for nobody.
        seconds_to_claim: from its commit to its first Take, None where nobody took it.
        shop: its name; `time_zone` is its clock's.
    """

    first_seen: datetime
    camera: str
    department: str
    department_p: float
    age_band: str | None
    gender: str
    attire: Sequence[str]
    state: str
    taken_by: str | None
    seconds_to_claim: float | None
    wanted: str | None
    shop: str
    time_zone: str


async def missed(session: AsyncSession, span: Span, limit: int) -> tuple[list[Missed], int]:
    """The visits first seen in a span that nobody took, newest first.

    Returns:
        At most `limit` of them, and how many there are in all.
    """
    within = (*during([span], await prevailing_origin(session, [span])), Visit.state == "missed")
    number = await session.scalar(select(func.count()).select_from(Visit).where(*within))
    asked = exists().where(Delivery.visit_id == Visit.id, Delivery.kind == "offer")
    rows = await session.execute(
        select(Visit.first_seen, Camera.name, Visit.department, asked)
        .join(Camera)
        .where(*within)
        .order_by(Visit.first_seen.desc(), Visit.id)
        .limit(limit)
    )
    return [Missed(*row) for row in rows], number or 0


async def journal(session: AsyncSession, spans: Sequence[Span]) -> AsyncIterator[list[Row]]:
    """The visits first seen in these spans, oldest first, some at a time."""
    origin = await prevailing_origin(session, spans)
    visits = await session.stream(
        select(
            Visit.first_seen,
            Camera.name,
            Visit.department,
            Visit.department_p,
            Visit.age_band,
            Visit.gender,
            Visit.attire_labels,
            Visit.state,
            Staff.name,
            seconds_to_claim(),
            Visit.wanted,
            Shop.name,
            Shop.time_zone,
        )
        .join(Camera, Camera.id == Visit.camera_id)
        .join(Shop, Shop.id == Visit.shop_id)
        .outerjoin(Staff, Staff.id == Visit.claimed_by)
        .where(*during(spans, origin))
        .order_by(Visit.first_seen, Visit.id)
    )
    async for some in visits.partitions(_ROWS_AT_ONCE):
        yield [Row(*row) for row in some]
