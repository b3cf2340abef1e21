"""Figures that are kept with the visits are those of the visits, whatever happens to them; PostgreSQL only."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, literal_column, select, text, update

from db import retention, rollup_figures, rollups, shops, statistics
from db.chain import glances
from db.engine import Database
from db.figures import Figures, Span
from db.models import Shop, Visit
from db.rollup_models import VisitChange, VisitDay, VisitHour, VisitWait
from db.waits import ACCURACY
from tests.databases import ON_POSTGRES
from tests.past import came

pytestmark = ON_POSTGRES

CLOCKS = ("Europe/Lisbon", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "America/Havana")
FIRST = date(2026, 3, 27)  # Europe's clocks go forward on the 29th
DAYS = 4
STATES = ("offered", "claimed", "served", "left", "unknown", "missed")
KEPT = (VisitHour, VisitDay, VisitWait, VisitChange)


def midnight(day: date, clock: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(clock)).astimezone(UTC)


def days(clock: str, first: date = FIRST, number: int = DAYS) -> list[datetime]:
    return [midnight(first + timedelta(days=n), clock) for n in range(number + 1)]


def hours(clock: str, day: date) -> list[datetime]:
    start, end = days(clock, day, 1)
    return [start + timedelta(hours=n) for n in range(round((end - start) / timedelta(hours=1)))] + [end]


async def add_shops(database: Database) -> list[Shop]:
    async with database.session() as session:
        await shops.settle(session, "first", CLOCKS[0])
        for clock in CLOCKS[1:]:
            await shops.add(session, clock, clock)
        return sorted(await shops.list_all(session), key=lambda shop: shop.id)


async def a_visit(
    database: Database, shop: Shop, chance: random.Random, first: date = FIRST, number: int = DAYS
) -> None:
    """Somebody comes to a shop in these days, as a rule to be taken, now and then to the till or in a replayed file."""
    seen = midnight(first, shop.time_zone) + timedelta(seconds=chance.uniform(0, 86_400 * number - 4000))
    till = chance.random() < 0.1
    await came(
        database,
        seen,
        shop_id=shop.id,
        state="recorded" if till else chance.choice(STATES),
        taken_after=None if till or chance.random() < 0.4 else chance.lognormvariate(3, 1.5) - 2,
        origin="replay" if chance.random() < 0.1 else "camera",
        department=chance.choice(["kids", "general", "beauty"]),
        gender=chance.choice(["female", "male", "unknown"]),
        age_band=chance.choice([None, "25-34", "65+"]),
        checkout=till,
        age_check=chance.choice([None, "likely"]) if till else None,
    )


async def turn(database: Database, chance: random.Random) -> None:
    """Some visits of all shops are taken, closed, or offered again, in one statement."""
    changes: list[dict[str, Any]] = [
        {"state": "offered", "claimed_at": None},
        {"state": "served", "wanted": "kids"},
        {"state": "claimed", "first_claimed_at": func.coalesce(Visit.first_claimed_at, datetime.now(UTC))},
        {"gone_at": datetime.now(UTC)},
        {"first_seen": literal_column("first_seen + interval '1 hour'"), "department": "general"},
    ]
    async with database.session() as session:
        some = (await session.scalars(select(Visit.id).order_by(func.md5(Visit.id)))).all()
        chosen = chance.sample(some, k=min(len(some), 7))
        await session.execute(update(Visit).where(Visit.id.in_(chosen), ~Visit.checkout).values(chance.choice(changes)))


async def both(database: Database, spans: Sequence[Span]) -> tuple[Figures | None, Figures]:
    """What is kept, and what is counted one by one, at one moment."""
    async with database.reading() as session:
        return await rollup_figures.figures(session, spans), await statistics.counted(session, spans)


def exactly(figures: Figures) -> Figures:
    """Without the order of equally frequent departments, and without what is known nearly."""
    departments = dict(sorted(figures.departments.items()))
    return replace(figures, departments=departments, median_seconds=None, p90_seconds=None)


async def same(database: Database, spans: Sequence[Span]) -> Figures:
    """Require that what is kept of these spans is what there is."""
    kept, counted = await both(database, spans)
    assert kept is not None
    assert exactly(kept) == exactly(counted)
    for near, right in ((kept.median_seconds, counted.median_seconds), (kept.p90_seconds, counted.p90_seconds)):
        assert near == (right if right is None else pytest.approx(right, rel=ACCURACY, abs=0.0011))
    return kept


async def all_the_same(database: Database) -> None:
    """Require it of each shop and of all, by the day and by the hour."""
    async with database.reading() as session:
        branches = await shops.list_all(session)
    for shop in branches:
        await same(database, [Span(days(shop.time_zone), (shop.id,))])
        await same(database, [Span(hours(shop.time_zone, FIRST + timedelta(days=2)), (shop.id,))])
    await same(database, [Span(days(shop.time_zone, FIRST - timedelta(days=2), 9), (shop.id,)) for shop in branches])


async def rows(database: Database, table: Any) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("seed", range(2))
async def test_after_whatever_happened_the_figures_are_those_of_the_visits(database: Database, seed: int) -> None:
    chance, branches = random.Random(seed), await add_shops(database)
    for step in range(45):
        match chance.choice(("visit", "visit", "visit", "turn", "fold", "clock")):
            case "visit":
                for _ in range(3):
                    await a_visit(database, chance.choice(branches), chance)
            case "turn":
                await turn(database, chance)
            case "fold":
                async with database.session() as session:
                    await session.execute(text("SELECT amiko_fold_visits(:most)"), {"most": chance.randrange(1, 30)})
            case "clock":
                async with database.session() as session:
                    await shops.set_time_zone(session, chance.choice(branches).id, chance.choice(CLOCKS))
        if step % 15 == 14:
            await all_the_same(database)
    await rollups.fold(database)
    assert await rows(database, VisitChange) == 0
    await all_the_same(database)


async def test_nobody_waits_and_no_visit_is_seen_twice_while_many_write_and_two_fold(database: Database) -> None:
    branches = await add_shops(database)
    every = [Span(days(shop.time_zone), (shop.id,)) for shop in branches]
    writing = True

    async def write(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            await a_visit(database, chance.choice(branches), chance)
            await turn_own(database, chance)

    async def fold() -> None:
        while writing:
            await rollups.fold(database)

    async def read() -> int:
        seen = 0
        while writing:
            seen = max(seen, (await same(database, every)).visits)
        return seen

    others = [asyncio.create_task(work()) for work in (fold, fold, read)]
    await asyncio.gather(*(write(seed) for seed in range(3)))
    writing = False
    *_, seen = await asyncio.gather(*others)
    assert 0 < seen <= 75
    await same(database, every)


async def turn_own(database: Database, chance: random.Random) -> None:
    """Of all visits some are closed at once, in the order that keeps two such statements from each other's way."""
    async with database.session() as session:
        ids = select(Visit.id).where(Visit.state == "claimed").order_by(Visit.id).with_for_update(skip_locked=True)
        chosen = (await session.scalars(ids)).all()
        await session.execute(update(Visit).where(Visit.id.in_(chosen)).values(state=chance.choice(["served", "left"])))


async def test_what_is_rolled_back_or_broken_off_counts_for_nothing(database: Database) -> None:
    branches = await add_shops(database)
    period = [Span(days(CLOCKS[0]), (branches[0].id,))]
    chance = random.Random(1)
    for _ in range(5):
        await a_visit(database, branches[0], chance)
    before = await same(database, period)

    async with database.session() as session:
        await session.execute(update(Visit).values(department="toys"))
        await session.execute(text("SELECT amiko_fold_visits(100)"))
        await session.rollback()
    assert await same(database, period) == before
    assert await rows(database, VisitDay) == 0


async def test_a_statement_that_changes_no_figure_notes_nothing(database: Database) -> None:
    await a_visit(database, (await add_shops(database))[0], random.Random(1))
    noted = await rows(database, VisitChange)
    async with database.session() as session:
        await session.execute(update(Visit).values(gone_at=datetime.now(UTC), reason="another", faces=7))
    assert await rows(database, VisitChange) == noted


async def test_deleted_visits_stay_in_the_figures_also_on_another_clock(database: Database) -> None:
    chance, (shop, *_) = random.Random(5), await add_shops(database)
    for _ in range(40):
        await a_visit(database, shop, chance)
    old, young = days(shop.time_zone)[:3], days(shop.time_zone)[2:]
    before = await same(database, [Span(old, (shop.id,))])
    whole = [Span(days("UTC", FIRST - timedelta(days=2), 9), (shop.id,))]
    async with database.session() as session:
        assert await retention.purge_visits(session, old[-1] - timedelta(hours=5), 1000) > 0
    kept, counted = await both(database, [Span(old, (shop.id,))])
    assert kept == before
    assert counted.visits < before.visits

    async with database.session() as session:
        await shops.set_time_zone(session, shop.id, "UTC")
    there, _ = await both(database, whole)
    assert there is not None
    assert there.visits == before.visits + (await both(database, [Span(young, (shop.id,))]))[1].visits
    assert there.median_seconds is not None
    await same(database, [Span(days("UTC", FIRST + timedelta(days=3), 3), (shop.id,))])


async def test_a_clock_that_the_server_does_not_know_is_no_obstacle(database: Database) -> None:
    (shop, *_) = await add_shops(database)
    async with database.session() as session:
        await session.execute(update(Shop).where(Shop.id == shop.id).values(time_zone="Moon/Tranquility"))
    await a_visit(database, shop, random.Random(1))
    await rollups.fold(database)
    assert await rows(database, VisitChange) == 0
    await same(database, [Span(days("UTC"), (shop.id,))])
    assert (await both(database, [Span(days("Asia/Tokyo"), (shop.id,))]))[0] is None

    async with database.session() as session:
        await shops.set_time_zone(session, shop.id, "Asia/Tokyo")
    await same(database, [Span(days("Asia/Tokyo"), (shop.id,))])


@pytest.mark.parametrize("minutes", [1, 30, 60])
async def test_what_is_no_whole_day_is_counted_one_by_one(database: Database, minutes: int) -> None:
    (shop, *_) = await add_shops(database)
    edges = [edge + timedelta(minutes=minutes) for edge in days(shop.time_zone)]
    assert (await both(database, [Span(edges, (shop.id,))]))[0] is None


async def test_a_glance_is_the_same_folded_or_not(database: Database) -> None:
    branches, chance = await add_shops(database), random.Random(2)
    for _ in range(30):
        await a_visit(database, chance.choice(branches), chance)
    now = midnight(FIRST + timedelta(days=2), CLOCKS[0]) + timedelta(hours=13)

    async def seen() -> list[tuple[str, int, int]]:
        async with database.reading() as session:
            return [(g.shop.name, g.visits, g.taken) for g in await glances(session, branches, now, 60)]

    async def counted() -> list[tuple[str, int, int]]:
        dates = [now.astimezone(ZoneInfo(shop.time_zone)).date() for shop in branches]
        today = [
            (Visit.shop_id == shop.id, Visit.first_seen >= midnight(day, shop.time_zone))
            for shop, day in zip(branches, dates, strict=True)
        ]
        numbers = select(func.count(), func.count(Visit.first_claimed_at)).where(
            Visit.origin == "camera", ~Visit.checkout
        )
        async with database.reading() as session:
            return [
                (s.name, *(await session.execute(numbers.where(*day))).one())
                for s, day in zip(branches, today, strict=True)
            ]

    assert await seen() == await counted()
    await rollups.fold(database)
    assert await seen() == await counted()
    assert sum(visits for _, visits, _ in await seen()) > 5


async def test_a_shop_that_goes_takes_its_figures_along(database: Database) -> None:
    _, shop, *_ = await add_shops(database)
    await a_visit(database, shop, random.Random(1))
    await rollups.fold(database)
    async with database.session() as session:
        await session.execute(delete(Visit))
        await session.execute(text("DELETE FROM cameras"))
        await shops.remove(session, shop.id)
    assert [await rows(database, table) for table in KEPT] == [0, 0, 0, 0]
