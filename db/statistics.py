"""A period's visits in figures: when they came, what they wanted, who they were, how they ended, how fast it went.

Customers at a till are no visits of the entrance: they came in before. They are counted for themselves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, column, func, or_, select, values
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Origin, Visit
from db.types import UtcDateTime

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Figures:
    """What is told of a period.

    Attributes:
        origin: "camera"; "replay" only where the period holds nothing else.
        slots: visits in each slot that was asked for, in their order.
        departments: visits by department key, most first.
        people: visits by (age band or None, gender).
        states: visits by state; a state that no visit has is missing.
        median_seconds, p90_seconds: from a visit's commit to its first Take, None where nobody took any.
        at_till: customers at tills; in no other figure here.
        to_ask: those of them whose document was to be asked for.
    """

    origin: Origin
    slots: tuple[int, ...]
    departments: dict[str, int]
    people: dict[tuple[str | None, str], int]
    states: dict[str, int]
    median_seconds: float | None
    p90_seconds: float | None
    at_till: int = 0
    to_ask: int = 0

    @property
    def visits(self) -> int:
        """How many visits there were in all."""
        return sum(self.states.values())


async def figures(session: AsyncSession, edges: Sequence[datetime]) -> Figures:
    """The figures of the visits first seen from the first edge until before the last one.

    Args:
        session: reading suffices.
        edges: n + 1 ascending instants that bound n slots; hours or days of any length, as a time zone has them.
    """
    origin = await prevailing_origin(session, edges[0], edges[-1])
    within = during(edges[0], edges[-1], origin)
    departments, people, states = await _traits(session, within)
    median, p90 = await _time_to_claim(session, (0.5, 0.9), within)
    at_till, to_ask = await _at_till(session, edges[0], edges[-1], origin)
    return Figures(
        origin=origin,
        slots=await _per_slot(session, edges, origin),
        departments=dict(departments.most_common()),
        people=people,
        states=states,
        median_seconds=median,
        p90_seconds=p90,
        at_till=at_till,
        to_ask=to_ask,
    )


async def prevailing_origin(session: AsyncSession, start: datetime, end: datetime) -> Origin:
    """Whose visits are told of a period: the cameras', or those of replayed files where there are no others."""
    within = (Visit.first_seen >= start, Visit.first_seen < end)
    filmed = await session.scalar(select(Visit.id).where(*within, Visit.origin == "camera").limit(1))
    if filmed is not None:
        return "camera"
    replayed = await session.scalar(select(Visit.id).where(*within, Visit.origin == "replay").limit(1))
    return "camera" if replayed is None else "replay"


def during(start: datetime, end: datetime, origin: Origin) -> tuple[ColumnElement[bool], ...]:
    """The conditions for the visits of this origin first seen from `start` until before `end`, but not at a till."""
    return Visit.first_seen >= start, Visit.first_seen < end, Visit.origin == origin, ~Visit.checkout


async def _at_till(session: AsyncSession, start: datetime, end: datetime, origin: Origin) -> tuple[int, int]:
    """Customers at tills, and those of them to be asked for a document."""
    within = (Visit.first_seen >= start, Visit.first_seen < end, Visit.origin == origin, Visit.checkout)
    customers = select(func.count(), func.count(Visit.age_check)).select_from(Visit).where(*within)
    number, to_ask = (await session.execute(customers)).one()
    return number, to_ask


async def _traits(
    session: AsyncSession, within: Sequence[ColumnElement[bool]]
) -> tuple[Counter[str], Counter[tuple[str | None, str]], Counter[str]]:
    """Visits by department, by age band and gender, and by state: one pass over them, added up here."""
    kind = (Visit.department, Visit.age_band, Visit.gender, Visit.state)
    departments: Counter[str] = Counter()
    people: Counter[tuple[str | None, str]] = Counter()
    states: Counter[str] = Counter()
    rows = await session.execute(select(*kind, func.count()).where(*within).group_by(*kind).order_by(*kind))
    for department, band, gender, state, number in rows:
        departments[department] += number
        people[band, gender] += number
        states[state] += number
    return departments, people, states


async def _per_slot(session: AsyncSession, edges: Sequence[datetime], origin: Origin) -> tuple[int, ...]:
    """Visits per slot. The slots go into the query as a table: databases know too little of time zones."""
    slots = (
        values(column("slot", Integer), column("start", UtcDateTime), column("until", UtcDateTime), name="slots")
        .data([(slot, start, until) for slot, (start, until) in enumerate(pairwise(edges))])
        .cte()
    )
    rows: Any = await session.execute(
        select(slots.c.slot, func.count())
        .join(Visit, (Visit.first_seen >= slots.c.start) & (Visit.first_seen < slots.c.until))
        .where(Visit.origin == origin, ~Visit.checkout)
        .group_by(slots.c.slot)
    )
    counts = {row[0]: row[1] for row in rows}
    return tuple(counts.get(slot, 0) for slot in range(len(edges) - 1))


async def _time_to_claim(
    session: AsyncSession, shares: Sequence[float], within: Sequence[ColumnElement[bool]]
) -> list[float | None]:
    """Quantiles of the seconds to the first Take, each between its two neighbours as numpy's default has it."""
    seconds = seconds_to_claim().label("seconds")
    place = (func.row_number().over(order_by=seconds) - 1).label("place")
    taken = (
        select(seconds, place, (func.count().over() - 1).label("last")).where(*within, seconds.is_not(None)).subquery()
    )
    around = or_(*(func.abs(taken.c.place - share * taken.c.last) < 1 for share in shares))
    found = (await session.execute(select(taken).where(around))).all()
    if not found:
        return [None for _ in shares]
    at = {row.place: row.seconds for row in found}
    return [_between(at, share * found[0].last) for share in shares]


def _between(values: Mapping[int, float], place: float) -> float:
    low, high = values[int(place)], values[math.ceil(place)]
    return low + (high - low) * (place - int(place))


def seconds_to_claim() -> ColumnElement[float]:
    """From a visit's commit to its first Take (s), null where nobody took it; never below 0, whatever a clock did."""
    taken_at = func.coalesce(Visit.first_claimed_at, Visit.claimed_at)
    days = func.julianday(taken_at, type_=Float) - func.julianday(Visit.recorded_at, type_=Float)
    return func.max(0.0, days * _SECONDS_PER_DAY, type_=Float)
