"""Whom an age check is told to: managers, and who works at that till; and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db import age_checks, giving_up, notices, shops, staff
from db.models import Notice, Staff

NOON = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)  # a Monday, 12:00 in Moscow


@pytest.fixture(autouse=True)
async def _clock_of_moscow(database) -> None:
    async with database.session() as session:
        await shops.settle(session, "Дом", "Europe/Moscow")


@pytest.fixture
def hire(database):
    """Adds a person who has signed in; fields as given."""
    ids = iter(range(1000, 2000))

    async def hire(name: str, role="assistant", status="waiting", **fields) -> Staff:
        telegram_id = next(ids)
        async with database.session() as session:
            person = await staff.add(session, name, role, telegram_id=telegram_id)
            await staff.login(session, telegram_id=telegram_id, username=None, chat_id=telegram_id)
            await staff.set_status(session, person.id, status)
            for field, value in fields.items():
                setattr(person, field, value)
        return person

    return hire


async def told(database, camera="till", now=NOON, decided_at=None) -> set[str]:
    """The names of those who are told of a check that was decided now."""
    async with database.session() as session:
        number = await age_checks.tell(
            session,
            shop_id=await shops.only(session),
            camera=camera,
            band="possible",
            decided_at=decided_at or now,
            now=now,
        )
        names = list(await session.scalars(select(Staff.name).join(Notice, Notice.staff_id == Staff.id)))
    assert len(names) == number
    return set(names)


async def test_managers_and_whoever_chose_the_tills_camera_are_told(database, hire) -> None:
    await hire("manager", role="manager", status="off")
    await hire("at the till", cameras=["till"], status="busy")
    await hire("at the door", cameras=["door"])
    await hire("anywhere")
    assert await told(database) == {"manager", "at the till"}


async def test_where_nobody_chose_it_all_who_are_waiting_or_busy_are_told(database, hire) -> None:
    await hire("waiting")
    await hire("busy", status="busy")
    await hire("off", status="off")
    await hire("of the till, but off", cameras=["till"], status="off")
    assert await told(database) == {"waiting", "busy"}


@pytest.mark.parametrize("role", ["assistant", "manager"])
async def test_nobody_is_disturbed_who_asked_for_quiet(database, hire, role) -> None:
    await hire("awake", role=role, quiet=["22:00", "08:00"])
    await hire("muted", role=role, muted_until=NOON + timedelta(minutes=1))
    await hire("in quiet hours", role=role, quiet=["11:00", "13:00"])
    unreachable = await hire("unreachable", role=role)
    async with database.session() as session:
        await giving_up.unreachable(session, unreachable.id, error="blocked")
    assert await told(database) == {"awake"}


async def test_assistants_are_told_in_their_hours_only(database, hire) -> None:
    await hire("today", hours={"mon": ["09:00", "18:00"]})
    await hire("tomorrow", hours={"tue": ["09:00", "18:00"]})
    assert await told(database) == {"today"}


async def test_a_check_is_told_for_a_minute_and_not_later(database, hire) -> None:
    await hire("manager", role="manager")
    assert await told(database, decided_at=NOON - age_checks.USEFUL) == set()
    assert await told(database, decided_at=NOON - timedelta(seconds=30)) == {"manager"}
    async with database.reading() as session:
        (notice,) = await notices.due(session, NOON, 10)
    assert notice.kind == age_checks.KIND
    assert not notice.useless(NOON + timedelta(seconds=29))
    assert notice.useless(NOON + timedelta(seconds=30))
