"""The staff list: who may log in, once, and as whom."""

from __future__ import annotations

import pytest

from db import lifecycle, outbox, staff, visits
from db.models import Visit
from db.staff import StaffError


async def add(database, name="Anna", role="assistant", **known):
    async with database.session() as session:
        return await staff.add(session, name, role, **known)


async def login(database, telegram_id, username=None):
    async with database.session() as session:
        return await staff.login(session, telegram_id=telegram_id, username=username, chat_id=telegram_id)


@pytest.mark.parametrize(
    ("name", "role", "known", "sentence"),
    [
        ("  ", "assistant", {"telegram_id": 1}, "a name must have 1 to 64 characters, this one has 0"),
        ("A" * 65, "assistant", {"telegram_id": 1}, "this one has 65"),
        ("Anna", "boss", {"telegram_id": 1}, "'boss' is no role; use assistant or manager"),
        ("Anna", "assistant", {}, "give a Telegram id or a user name"),
        ("Anna", "assistant", {"username": "@"}, "give a Telegram id or a user name"),
        ("Anna", "assistant", {"telegram_id": -5}, "-5 is no Telegram id of a person"),
    ],
)
async def test_who_cannot_be_added(database, name, role, known, sentence) -> None:
    with pytest.raises(StaffError, match=sentence):
        await add(database, name, role, **known)


async def test_nobody_is_added_twice(database) -> None:
    await add(database, "Anna", telegram_id=1001)
    await add(database, "Boris", username="@Boris")

    with pytest.raises(StaffError, match="Anna is on the staff list with that Telegram id or user name already"):
        await add(database, "Another", telegram_id=1001)
    with pytest.raises(StaffError, match="Boris is on the staff list"):
        await add(database, "Another", username="boris")


async def test_strangers_do_not_get_in(database) -> None:
    await add(database, "Anna", telegram_id=1001)
    assert await login(database, 666, "stranger") is None
    assert await login(database, 666, None) is None


async def test_a_person_added_by_user_name_gets_in_whatever_its_case(database) -> None:
    await add(database, "Boris", username="@Boris_K")

    person = await login(database, 1002, "boris_k")

    assert (person.name, person.telegram_id, person.chat_id, person.status) == ("Boris", 1002, 1002, "off")
    async with database.reading() as session:
        assert (await staff.by_telegram(session, 1002)).name == "Boris"


async def test_a_user_name_that_changed_hands_opens_nothing(database) -> None:
    await add(database, "Boris", username="boris")
    await login(database, 1002, "boris")

    assert await login(database, 666, "boris") is None


async def test_who_was_added_but_never_came_is_not_in_yet(database) -> None:
    person = await add(database, "Anna", telegram_id=1001)
    async with database.session() as session:
        assert await staff.by_telegram(session, 1001) is None
        with pytest.raises(StaffError, match="Anna has not logged in yet"):
            await staff.set_status(session, person.id, "waiting")


async def test_waiting_twice_keeps_the_place_in_the_turn(database) -> None:
    person = await add(database, "Anna", telegram_id=1001)
    await login(database, 1001)
    since = []
    for status in ("waiting", "waiting", "busy", "waiting"):
        async with database.session() as session:
            await staff.set_status(session, person.id, status)
        async with database.reading() as session:
            since.append((await staff.get(session, person.id)).waiting_since)

    assert since[0] == since[1]
    assert since[2] is None
    assert since[3] > since[0]


async def test_the_language_is_kept(database) -> None:
    person = await add(database, "Anna", telegram_id=1001)
    async with database.session() as session:
        await staff.set_language(session, person.id, "en")
    async with database.reading() as session:
        assert (await staff.get(session, person.id)).language == "en"


async def test_a_removed_person_is_gone_and_their_visits_stay(database, make_visit, hire) -> None:
    anna = await hire("Anna", 1001)
    visit = make_visit()
    async with database.session() as session:
        await visits.record(session, visit, notify=True)
        await lifecycle.claim(session, visit.id, anna.id)

    async with database.session() as session:
        assert (await staff.remove(session, anna.id)).name == "Anna"

    async with database.reading() as session:
        row = await session.get_one(Visit, visit.id)
        assert (row.state, row.claimed_by) == ("claimed", None)
        assert await staff.list_all(session) == []
        assert await outbox.card(session, visit.id, anna.id) is None


async def test_removing_nobody_says_so(database) -> None:
    with pytest.raises(StaffError, match="nobody on the staff list has the number 7"):
        async with database.session() as session:
            await staff.remove(session, 7)
