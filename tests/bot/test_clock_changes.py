"""Shops told together on a day on which the clock of one is set forth or back, and that of the other is not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.charts.comparison import compare
from bot.charts.report import Report, report
from bot.periods import read
from bot.shop import Shop
from bot.texts import speech
from db import shops
from tests.past import came

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
FORTH, BACK = date(2026, 3, 29), date(2026, 10, 25)  # at 2:00 to 3:00, and at 3:00 to 2:00
TODAY = date(2026, 11, 1)
EN = speech("en")


@pytest.fixture
async def both(shop) -> tuple[Shop, Shop]:
    """The shop of config.yaml, in Moscow, and one in Berlin."""
    async with shop.database.session() as session:
        here = await shops.settle(session, shop.config.store.name, "Europe/Moscow")
        there = await shops.add(session, "Berlin", "Europe/Berlin")
    told = Shop(shop.config, shop.database)
    return told.at(here), told.at(there)


async def at(where: Shop, day: date, hour: int, fold: int = 0) -> None:
    """Somebody comes at half past this hour of the shop's own clock; with `fold`, the second time that it shows it."""
    assert where.branch is not None
    seen = datetime(day.year, day.month, day.day, hour, 30, tzinfo=where.timezone, fold=fold)
    await came(where.database, seen, shop_id=where.branch.id)


async def by_hour(asker: Shop, day: date) -> dict[str, int]:
    """Visitors of the whole chain by the hour, as its picture has them."""
    found = await report(asker.everywhere(), read(day.isoformat(), TODAY, EN), EN, TODAY)
    assert isinstance(found, Report)
    return {bar.name: bar.total for bar in found.chart.times if bar.total}


@pytest.mark.parametrize("day", [FORTH, BACK])
@pytest.mark.parametrize("asker", [0, 1])
async def test_ten_in_the_morning_is_counted_with_ten_in_the_morning(both, day, asker) -> None:
    for where in both:
        for hour in (0, 10, 10, 23):
            await at(where, day, hour)
    assert await by_hour(both[asker], day) == {"00:00": 2, "10:00": 4, "23:00": 2}


async def test_an_hour_that_one_clock_shows_twice_is_one(both) -> None:
    here, there = both
    await at(here, BACK, 2)
    await at(there, BACK, 2)
    await at(there, BACK, 2, fold=1)
    await at(there, BACK, 3)
    assert await by_hour(here, BACK) == {"02:00": 3, "03:00": 1}


async def test_an_hour_that_one_clock_leaves_out_is_the_others_alone(both) -> None:
    here, there = both
    await at(here, FORTH, 2)
    for hour in (1, 3):
        await at(there, FORTH, hour)
    assert await by_hour(there, FORTH) == {"01:00": 1, "02:00": 1, "03:00": 1}


@pytest.mark.parametrize("day", [FORTH, BACK])
async def test_compared_shops_stand_side_by_side_by_their_own_clocks(both, day) -> None:
    for where in both:
        await at(where, day, 10)
    await at(both[1], day, 23)
    for first, second, late in ((*both, (0, 1)), (*both[::-1], (1, 0))):
        found = await compare(first, second, read(day.isoformat(), TODAY, EN), EN, TODAY)
        assert found is not None
        told = {bar.name: bar.parts for bar in found[0].times if bar.total}
        assert told == {"10:00": (1, 1), "23:00": late}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe"])
def test_every_day_of_a_year_has_24_hours_that_follow_each_other_and_are_called_alike(zone) -> None:
    timezone, names = ZoneInfo(zone), [f"{hour:02}:00" for hour in range(24)]
    for number in range(365):
        period = read((date(2025, 11, 1) + timedelta(days=number)).isoformat(), TODAY, EN)
        slots = period.common_slots(timezone)
        edges = [*(slot.start for slot in slots), slots[-1].until]
        assert [slot.label for slot in slots] == names
        assert edges == sorted(edges)
        assert (edges[0], edges[-1]) == period.bounds(timezone)
