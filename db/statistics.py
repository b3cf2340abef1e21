"""A period's visits in figures: when they came, what they wanted, who they were, how they ended, how fast it went.

Customers at a till are no visits of the entrance: they came in before. They are counted for themselves. A chain's
visits are too many to be counted one by one: PostgreSQL keeps the figures of whole days (`db.rollup_figures`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, column, func, or_, select, values
from sqlalchemy.ext.asyncio import AsyncSession

from db import rollup_figures
from db.elapsed import seconds_between
from db.figures import Figures, Span
from db.models import Origin, Visit
from db.types import UtcDateTime


async def figures(session: AsyncSession, spans: Sequence[Span]) -> Figures:
    """The figures of the visits first seen from the first edge of their shop's span until before its last one.

    Args:
        session: reading suffices.
        spans: one for each clock, of equally many slots, which are added up, the first to the first and so on.

    Returns:
        The figures; on PostgreSQL, for whole days, with quantiles that are off by `db.waits.ACCURACY` at most, and with
        the visits that are deleted.
    """
    if session.get_bind().dialect.name == "postgresql" and (kept := await rollup_figures.figures(session, spans)):
        return kept
    return await counted(session, spans)


async def counted(session: AsyncSession, spans: Sequence[Span]) -> Figures:
    """The same of the visits that there are, counted one by one."""
    origin = await prevailing_origin(session, spans)
    within = during(spans, origin)
    departments, people, states = await _traits(session, within)
    median, p90 = await _time_to_claim(session, (0.5, 0.9), within)
    at_till, to_ask = await _at_till(session, spans, origin)
    slots = [await _per_slot(session, span, origin) for span in spans]
    return Figures(
        origin=origin,
        slots=tuple(sum(same) for same in zip(*slots, strict=True)),
        departments=dict(departments.most_common()),
        people=people,
        states=states,
        median_seconds=median,
        p90_seconds=p90,
        at_till=at_till,
        to_ask=to_ask,
    )


async def prevailing_origin(session: AsyncSession, spans: Sequence[Span]) -> Origin:
    """Whose visits are told of a period: the cameras', or those of replayed files where there are no others."""
    within = _within(spans)
    filmed = await session.scalar(select(Visit.id).where(within, Visit.origin == "camera").limit(1))
    if filmed is not None:
        return "camera"
    replayed = await session.scalar(select(Visit.id).where(within, Visit.origin == "replay").limit(1))
    return "camera" if replayed is None else "replay"


def during(spans: Sequence[Span], origin: Origin) -> tuple[ColumnElement[bool], ...]:
    """The conditions for the visits of this origin first seen in these spans, but not at a till."""
    return _within(spans), Visit.origin == origin, ~Visit.checkout


def _within(spans: Sequence[Span]) -> ColumnElement[bool]:
    """First seen in one of these spans. The bounds of all of them stand beside, for the sake of an index."""
    return and_(
        Visit.first_seen >= min(span.edges[0] for span in spans),
        Visit.first_seen < max(span.edges[-1] for span in spans),
        or_(*(and_(Visit.first_seen >= s.edges[0], Visit.first_seen < s.edges[-1], *_of(s)) for s in spans)),
    )


def _of(span: Span) -> tuple[ColumnElement[bool], ...]:
    return () if span.shops is None else (Visit.shop_id.in_(span.shops),)


async def _at_till(session: AsyncSession, spans: Sequence[Span], origin: Origin) -> tuple[int, int]:
    """Customers at tills, and those of them to be asked for a document."""
    within = (_within(spans), Visit.origin == origin, Visit.checkout)
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


async def _per_slot(session: AsyncSession, span: Span, origin: Origin) -> tuple[int, ...]:
    """Visits per slot. The slots go into the query as a table: databases know too little of time zones."""
    slots = (
        values(column("slot", Integer), column("start", UtcDateTime), column("until", UtcDateTime), name="slots")
        .data([(slot, start, until) for slot, (start, until) in enumerate(pairwise(span.edges))])
        .cte()
    )
    rows: Any = await session.execute(
        select(slots.c.slot, func.count())
        .join(Visit, (Visit.first_seen >= slots.c.start) & (Visit.first_seen < slots.c.until))
        .where(Visit.first_seen >= span.edges[0], Visit.first_seen < span.edges[-1])
        .where(Visit.origin == origin, ~Visit.checkout, *_of(span))
        .group_by(slots.c.slot)
    )
    counts = {row[0]: row[1] for row in rows}
    return tuple(counts.get(slot, 0) for slot in range(len(span.edges) - 1))


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
    seconds = seconds_between(Visit.recorded_at, taken_at)
    return case((seconds < 0, 0.0), else_=seconds)
