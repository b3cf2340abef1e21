"""A period's figures as PostgreSQL keeps them: a few rows for each shop and day, however many visits there were.

Only whole days of the shops' own clocks are kept so. What is not folded yet is read in the same statement as what is,
so that each visit counts once. Quantiles of times are those of `db.waits`.
"""

# ruff: noqa: S608  (the statements are put together from this module's own constants)
from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.figures import Figures, Span
from db.models import Origin, Shop
from db.rollup_functions import PARTS
from db.waits import quantile

_SHOPS = "CAST(:shops AS integer[])"
_NOTED = f"""
    visit_changes JOIN unnest({_SHOPS}, CAST(:clocks AS text[])) AS branch (branch_id, clock) ON branch_id = shop_id
"""
_DAY = "CAST(first_seen AT TIME ZONE clock AS date)"
_DAYS = "day >= CAST(:first AS date) AND day < CAST(:until AS date)"
_CLOCKS = select(Shop.id, Shop.time_zone, Shop.counted_by)
# One plan for a day of one shop and a month of all would cost twice as much as it spares.
_PLANNED = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
_TRAITS = text(f"""
    SELECT origin, what, key, gender, sum(number) FROM (
        SELECT day, origin, what, key, gender, number FROM visit_days
        WHERE shop_id = ANY({_SHOPS}) AND what IN ('department', 'person', 'state', 'till')
        UNION ALL
        SELECT {_DAY}, origin, what, key, of_gender, number FROM {_NOTED} {PARTS} WHERE counts
    ) AS counted
    WHERE {_DAYS} GROUP BY origin, what, key, gender HAVING sum(number) <> 0 ORDER BY what, key, gender
""")
_WAITS = text(f"""
    SELECT origin, bucket, sum(number) FROM (
        SELECT day, origin, bucket, number FROM visit_waits WHERE shop_id = ANY({_SHOPS})
        UNION ALL SELECT {_DAY}, origin, bucket, number FROM {_NOTED} WHERE NOT checkout AND bucket IS NOT NULL
    ) AS counted
    WHERE {_DAYS} GROUP BY origin, bucket HAVING sum(number) <> 0
""")
_BY_DAY = text(f"""
    SELECT origin, day, sum(number) FROM (
        SELECT day, origin, number FROM visit_days WHERE shop_id = ANY({_SHOPS}) AND what = 'state'
        UNION ALL SELECT {_DAY}, origin, number FROM {_NOTED} WHERE NOT checkout
    ) AS counted
    WHERE {_DAYS} GROUP BY origin, day
""")
_BY_HOUR = text(f"""
    SELECT origin, hour, sum(number) FROM (
        SELECT hour, origin, number FROM visit_hours WHERE shop_id = ANY({_SHOPS})
        UNION ALL SELECT date_trunc('hour', first_seen, clock), origin, number FROM {_NOTED} WHERE NOT checkout
    ) AS counted
    WHERE hour >= CAST(:start AS timestamptz) AND hour < CAST(:end AS timestamptz) GROUP BY origin, hour
""")
_BY_SHOP = text(f"""
    SELECT shop_id, sum(visits), sum(taken) FROM (
        SELECT shop_id, day, origin, number AS visits, 0 AS taken FROM visit_days
        WHERE shop_id = ANY({_SHOPS}) AND what = 'state'
        UNION ALL SELECT shop_id, day, origin, 0, number FROM visit_waits WHERE shop_id = ANY({_SHOPS})
        UNION ALL SELECT shop_id, {_DAY}, origin, number, CASE WHEN bucket IS NOT NULL THEN number ELSE 0 END
        FROM {_NOTED} WHERE NOT checkout
    ) AS counted
    WHERE {_DAYS} AND origin = 'camera' GROUP BY shop_id
""")


@dataclass(frozen=True)
class _Placed:
    """A span whose edges are full hours of its shops' clocks, and which is made of whole days.

    Attributes:
        edges: as of the span.
        clocks: by shop id.
        days: on which each edge is.
        daily: whether each edge begins a day.
    """

    edges: Sequence[datetime]
    clocks: Mapping[int, str]
    days: tuple[date, ...]
    daily: bool


@dataclass
class _Tally:
    """The visits of one origin."""

    slots: Counter[int] = field(default_factory=Counter)
    departments: Counter[str] = field(default_factory=Counter)
    people: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    till: Counter[str] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)


async def figures(session: AsyncSession, spans: Sequence[Span]) -> Figures | None:
    """The figures of these spans; None where they are not made of whole days of their shops' clocks."""
    await session.execute(_PLANNED)
    clocks = {id: clock or zone for id, zone, clock in await session.execute(_CLOCKS)}
    placed = [_placed(span, clocks) for span in spans]
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    days: defaultdict[tuple[date, date], dict[int, str]] = defaultdict(dict)
    daily: defaultdict[tuple[date, ...], dict[int, str]] = defaultdict(dict)
    for span in placed:
        if span is None:
            return None
        days[span.days[0], span.days[-1]].update(span.clocks)
        if span.daily:
            daily[span.days].update(span.clocks)
        else:
            bounds = {"start": span.edges[0], "end": span.edges[-1]}
            for origin, hour, number in await _counted(session, _BY_HOUR, span.clocks, bounds):
                tallies[origin].slots[bisect_right(span.edges, hour) - 1] += int(number)
    for edges, shops in daily.items():
        for origin, day, number in await _counted(session, _BY_DAY, shops, _from(edges)):
            tallies[origin].slots[bisect_right(edges, day) - 1] += int(number)
    for bounds_, shops in days.items():
        _add_traits(tallies, await _counted(session, _TRAITS, shops, _from(bounds_)))
        for origin, bucket, number in await _counted(session, _WAITS, shops, _from(bounds_)):
            tallies[origin].waits[bucket] += int(number)
    return _told(tallies, max(len(span.edges) for span in spans) - 1)


async def since_midnight(
    session: AsyncSession, clocks: Mapping[int, str], now: datetime
) -> dict[int, tuple[int, int]] | None:
    """Visits of cameras since midnight, and those of them that were taken, by shop id; None where that is not kept.

    Args:
        session: reading suffices.
        clocks: by id of the shops that are asked about.
        now: an instant of that day.
    """
    kept = {id: clock for id, zone, clock in await session.execute(_CLOCKS) if clock == zone}
    if any(kept.get(shop) != clock for shop, clock in clocks.items()):
        return None
    by_date: defaultdict[date, dict[int, str]] = defaultdict(dict)
    for shop, clock in clocks.items():
        by_date[now.astimezone(ZoneInfo(clock)).date()][shop] = clock
    found = [
        row
        for today, shops in by_date.items()
        for row in await _counted(session, _BY_SHOP, shops, _from((today, date.max)))
    ]
    return {shop: (int(visits), int(taken)) for shop, visits, taken in found}


def _placed(span: Span, clocks: Mapping[int, str]) -> _Placed | None:
    """A span in days; None where it does not begin and end with one, or does not go by full hours."""
    mine = {shop: clocks[shop] for shop in (clocks if span.shops is None else span.shops) if shop in clocks}
    found = {_days(span.edges, clock) for clock in set(mine.values())}
    if len(found) != 1 or (days := found.pop()) is None:
        return None
    return _Placed(span.edges, mine, *days)


def _days(edges: Sequence[datetime], clock: str) -> tuple[tuple[date, ...], bool] | None:
    """On which days edges are, and whether each begins one."""
    try:
        zone = ZoneInfo(clock)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    local = [edge.astimezone(zone) for edge in edges]
    begins = [datetime.combine(at.date(), time(), zone).timestamp() == at.timestamp() for at in local]
    full = all((at.minute, at.second, at.microsecond) == (0, 0, 0) for at in local)
    return (tuple(at.date() for at in local), all(begins)) if full and begins[0] and begins[-1] else None


def _from(days: Sequence[date]) -> dict[str, date]:
    return {"first": days[0], "until": days[-1]}


async def _counted(
    session: AsyncSession, statement: TextClause, clocks: Mapping[int, str], bounds: Mapping[str, date]
) -> Sequence[Any]:
    values = {"shops": list(clocks.keys()), "clocks": list(clocks.values()), **bounds}
    return (await session.execute(statement, values)).all()


def _add_traits(tallies: Mapping[str, _Tally], rows: Sequence[Any]) -> None:
    for origin, what, key, gender, number in rows:
        tally = tallies[origin]
        match what:
            case "department":
                tally.departments[key] += int(number)
            case "person":
                tally.people[key or None, gender] += int(number)
            case "state":
                tally.states[key] += int(number)
            case "till":
                tally.till[key] += int(number)


def _told(tallies: Mapping[str, _Tally], slots: int) -> Figures:
    """The cameras' visits, or those of replayed files where there are no others."""
    present = {origin for origin, tally in tallies.items() if tally.states or tally.till}
    origin: Origin = "replay" if "replay" in present and "camera" not in present else "camera"
    tally = tallies[origin]
    return Figures(
        origin=origin,
        slots=tuple(tally.slots[slot] for slot in range(slots)),
        departments=dict(tally.departments.most_common()),
        people=dict(tally.people),
        states=dict(tally.states),
        median_seconds=quantile(tally.waits, 0.5),
        p90_seconds=quantile(tally.waits, 0.9),
        at_till=tally.till["customer"],
        to_ask=tally.till["asked"],
    )
