"""Who may be told of a visitor: by status, reach, hours and filters, longest waiting first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db import shops, staff
from db.availability import DAYS, available, is_quiet, is_working

MONDAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)  # 12:30 in Moscow


@pytest.fixture(autouse=True)
async def _clock_of_moscow(database) -> None:
    async with database.session() as session:
        await shops.settle(session, "Дом", "Europe/Moscow")


async def names(database, *, camera="Вход", department="cosmetics", now=MONDAY, besides=()) -> list[str]:
    async with database.reading() as session:
        shop_id = await shops.only(session)
        people = await available(
            session, shop_id=shop_id, camera=camera, department=department, now=now, besides=besides
        )
    return [person.name for person in people]


async def change(database, person, **values) -> None:
    async with database.session() as session:
        row = await staff.get(session, person.id)
        for name, value in values.items():
            setattr(row, name, value)


async def test_who_waits_is_told_longest_waiting_first(database, hire) -> None:
    for number, name in enumerate(("Anna", "Boris", "Carla")):
        await hire(name, 1001 + number)
    async with database.session() as session:
        anna = await staff.by_telegram(session, 1001)
        await staff.set_status(session, anna.id, "busy")
        await staff.set_status(session, anna.id, "waiting")

    assert await names(database) == ["Boris", "Carla", "Anna"]
    assert await names(database, besides=[anna.id]) == ["Boris", "Carla"]


@pytest.mark.parametrize(
    "values",
    [
        {"status": "busy"},
        {"status": "off"},
        {"role": "manager"},
        {"chat_id": None},
        {"unreachable_since": MONDAY - timedelta(days=1)},
        {"muted_until": MONDAY + timedelta(seconds=1)},
        {"hours": {"tue": ["09:00", "18:00"]}},
        {"quiet": ["12:00", "13:00"]},
        {"cameras": ["Склад"]},
        {"departments": ["toys"]},
    ],
)
async def test_who_is_not_told(database, hire, values) -> None:
    await change(database, await hire("Anna", 1001), **values)
    await hire("Boris", 1002)
    assert await names(database) == ["Boris"]


@pytest.mark.parametrize(
    "values",
    [
        {"muted_until": MONDAY},
        {"hours": {"mon": ["12:30", "12:31"]}},
        {"quiet": ["22:00", "08:00"]},
        {"cameras": ["Склад", "Вход"]},
        {"departments": ["toys", "cosmetics"]},
    ],
)
async def test_who_is_told_all_the_same(database, hire, values) -> None:
    await change(database, await hire("Anna", 1001), **values)
    assert await names(database) == ["Anna"]


async def test_a_visitor_of_whom_too_little_was_seen_passes_every_department_filter(database, hire) -> None:
    await change(database, await hire("Anna", 1001), departments=["toys"])
    assert await names(database, department="general") == ["Anna"]


async def test_hours_are_those_of_the_shops_clock(database, hire) -> None:
    await change(database, await hire("Anna", 1001), hours={"mon": ["09:00", "18:00"]})
    assert await names(database, now=datetime(2026, 5, 4, 6, 0, tzinfo=UTC)) == ["Anna"]  # 09:00 there
    assert await names(database, now=datetime(2026, 5, 4, 15, 0, tzinfo=UTC)) == []  # 18:00 there


@pytest.mark.parametrize(
    ("day", "clock", "working"),
    [
        (4, "08:59", False),
        (4, "09:00", True),
        (4, "17:59", True),
        (4, "18:00", False),
        (5, "12:00", False),
        (8, "19:59", False),
        (8, "20:00", True),
        (8, "23:59", True),
        (9, "00:00", True),
        (9, "01:59", True),
        (9, "02:00", False),
        (9, "20:00", False),
        (10, "00:00", True),
        (10, "23:59", True),
    ],
)
def test_working_hours_by_weekday_which_may_end_after_midnight(day, clock, working) -> None:
    hours = {"mon": ["09:00", "18:00"], "fri": ["20:00", "02:00"], "sun": ["00:00", "24:00"]}
    assert is_working(hours, datetime.fromisoformat(f"2026-05-{day:02}T{clock}")) is working


def test_without_hours_somebody_always_works() -> None:
    assert all(is_working({}, datetime(2026, 5, day, hour)) for day in range(4, 11) for hour in range(24))
    assert DAYS[datetime(2026, 5, 4).weekday()] == "mon"


@pytest.mark.parametrize(
    ("quiet", "clock", "expected"),
    [
        (["22:00", "08:00"], "21:59", False),
        (["22:00", "08:00"], "22:00", True),
        (["22:00", "08:00"], "00:00", True),
        (["22:00", "08:00"], "07:59", True),
        (["22:00", "08:00"], "08:00", False),
        (["13:00", "14:00"], "12:59", False),
        (["13:00", "14:00"], "13:30", True),
        (["13:00", "14:00"], "14:00", False),
        ([], "03:00", False),
    ],
)
def test_quiet_hours_which_may_span_midnight(quiet, clock, expected) -> None:
    assert is_quiet(quiet, datetime.fromisoformat(f"2026-05-04T{clock}")) is expected
