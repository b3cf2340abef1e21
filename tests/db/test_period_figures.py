"""The figures of a period, against visits counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from db.engine import Database
from db.figures import Figures, Span
from db.journal import journal
from db.statistics import figures
from tests.past import came

START = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
HOURS = [START + timedelta(hours=n) for n in range(4)]


def after(minutes: float) -> datetime:
    """So many minutes after START."""
    return START + timedelta(minutes=minutes)


async def told(database: Database, edges: Sequence[datetime] = HOURS) -> Figures:
    async with database.reading() as session:
        return await figures(session, [Span(edges)])


async def test_each_visit_counts_in_the_slot_it_began_in(database) -> None:
    for minutes in (-0.001, 0, 59.999, 60, 179.999, 180):
        await came(database, after(minutes))

    of_period = await told(database)

    assert of_period.slots == (2, 1, 1)
    assert of_period.visits == 4


async def test_visits_are_counted_by_department_person_and_outcome(database) -> None:
    await came(database, after(1))
    await came(database, after(2), department="kids", gender="male", state="missed")
    await came(database, after(3), department="kids", state="missed")
    await came(database, after(4), department="general", gender="unknown", age_band=None, state="offered")

    of_period = await told(database)

    assert list(of_period.departments.items()) == [("kids", 2), ("cosmetics", 1), ("general", 1)]
    assert of_period.people == {("25-34", "female"): 2, ("25-34", "male"): 1, (None, "unknown"): 1}
    assert of_period.states == {"missed": 2, "served": 1, "offered": 1}


@pytest.mark.parametrize(
    ("seconds", "median", "p90"),
    [
        ([], None, None),
        ([5.25], 5.25, 5.25),
        ([10, 20], 15, 19),
        ([30, 10, 20, 40], 25, 37),
        ([-3600, 10], 5, 9),  # a clock was set back between the visit and its Take
    ],
)
async def test_the_time_to_a_take(database, seconds, median, p90) -> None:
    await came(database, after(1), state="missed")
    for taken_after in seconds:
        await came(database, after(2), taken_after=taken_after)

    of_period = await told(database)

    assert (of_period.median_seconds, of_period.p90_seconds) == (
        pytest.approx(median, abs=0.001),
        pytest.approx(p90, abs=0.001),
    )


async def test_replays_count_only_where_there_is_nothing_else(database) -> None:
    await came(database, after(1), origin="replay")
    alone = await told(database)
    await came(database, after(2))
    beside = await told(database)

    assert (alone.origin, alone.visits) == ("replay", 1)
    assert (beside.origin, beside.visits, beside.slots) == ("camera", 1, (1, 0, 0))


async def test_customers_at_a_till_count_for_themselves_and_are_no_visits(database) -> None:
    await came(database, after(1))
    for minutes, asked in ((2, "likely"), (3, "possible"), (4, None), (500, "likely")):
        await came(database, after(minutes), state="recorded", checkout=True, age_check=asked)
    await came(database, after(5), state="recorded", checkout=True, age_check="likely", origin="replay")

    of_period = await told(database)

    assert (of_period.at_till, of_period.to_ask) == (3, 2)
    assert (of_period.visits, of_period.states, of_period.slots) == (1, {"served": 1}, (1, 0, 0))
    async with database.reading() as session:
        assert [row.state async for some in journal(session, [Span(HOURS)]) for row in some] == ["served"]


async def test_a_period_without_visits_has_none(database) -> None:
    await came(database, after(500))

    of_period = await told(database)

    assert (of_period.visits, of_period.slots, of_period.departments) == (0, (0, 0, 0), {})


async def test_a_year_of_days_is_one_question(database) -> None:
    await came(database, after(1))
    days = [START + timedelta(days=n) for n in range(-365, 2)]

    assert sum((await told(database, days)).slots) == 1


async def test_the_journal_has_every_visit_of_the_period_in_order(database) -> None:
    for minutes in [*range(179, -1, -1), 180]:
        await came(database, after(minutes), taken_after=minutes)

    async with database.reading() as session:
        rows = [row async for some in journal(session, [Span(HOURS)]) for row in some]

    assert [row.first_seen for row in rows] == [START + timedelta(minutes=n) for n in range(180)]
    assert rows[7].seconds_to_claim == pytest.approx(7, abs=0.001)
