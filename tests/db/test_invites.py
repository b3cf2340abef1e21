"""Invitations, requests and roles in the database: once, in time, by the first, never without a manager."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db import applicants, giving_up, invites, notices, staff
from db.models import Applicant, Invite, Notice
from db.staff import LastManagerError, StaffError

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


async def invite(database, *, now=NOW, **changes) -> str:
    values = {"name": "Anna", "role": "assistant", "hours": 24} | changes
    async with database.session() as session:
        return await invites.create(session, now=now, **values)


async def use(database, token, telegram_id=1001, now=NOW):
    async with database.session() as session:
        used = await invites.use(session, token, telegram_id=telegram_id, chat_id=telegram_id, now=now)
    return used and used[0]


async def manager(database, telegram_id=3, name="Vera"):
    async with database.session() as session:
        person = await staff.add(session, name, "manager", telegram_id=telegram_id)
        await staff.login(session, telegram_id=telegram_id, username=None, chat_id=telegram_id)
    return person


async def ask(database, telegram_id=1001, now=NOW, name="Anna"):
    async with database.session() as session:
        return await applicants.ask(
            session, telegram_id=telegram_id, chat_id=telegram_id, username=None, name=name, now=now
        )


async def test_a_token_opens_once_under_its_name_and_role(database) -> None:
    token = await invite(database, name=" Anna  Smith ", role="manager")

    person = await use(database, token)

    assert (person.name, person.role, person.chat_id, person.status) == ("Anna Smith", "manager", 1001, "off")
    assert await use(database, token, 1002) is None


async def test_tokens_are_long_differ_and_are_not_kept(database) -> None:
    tokens = {await invite(database) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 32 for token in tokens)  # 192 bits, and Telegram takes 64 characters
    async with database.reading() as session:
        kept = set(await session.scalars(select(Invite.token_sha256)))
    assert len(kept) == 20
    assert not kept & tokens


@pytest.mark.parametrize(("after", "opens"), [(0, True), (23.99, True), (24, False), (1000, False)])
async def test_a_token_opens_in_time_only(database, after, opens) -> None:
    token = await invite(database, hours=24)
    assert (await use(database, token, now=NOW + timedelta(hours=after)) is not None) is opens


async def test_a_token_brought_by_many_at_once_lets_one_in(database) -> None:
    token = await invite(database)
    people = await asyncio.gather(*(use(database, token, number) for number in range(1, 51)))
    assert sum(person is not None for person in people) == 1


async def test_who_is_on_the_list_leaves_the_token_for_another(database, hire) -> None:
    await hire("Boris", 1002)
    token = await invite(database, role="manager")
    assert (await use(database, token, 1002)).role == "assistant"
    assert (await use(database, token, 1001)).role == "manager"


async def test_invitations_whose_time_is_over_are_deleted_with_the_next(database) -> None:
    await invite(database, hours=1)
    await invite(database, now=NOW + timedelta(hours=2))
    async with database.reading() as session:
        assert len(list(await session.scalars(select(Invite)))) == 1


@pytest.mark.parametrize(("changes", "says"), [({"name": "\u200b"}, "has 0"), ({"role": "boss"}, "is no role")])
async def test_impossible_invitations_are_refused(database, changes, says) -> None:
    with pytest.raises(StaffError, match=says):
        await invite(database, **changes)


async def test_a_request_is_open_once_and_told_of_again_after_a_day(database) -> None:
    await manager(database)
    assert await ask(database) == "asked"
    assert await ask(database, now=NOW + timedelta(hours=23)) == "again"
    assert await ask(database, now=NOW + timedelta(hours=24)) == "asked"


async def test_nobody_is_asked_where_there_is_no_manager(database) -> None:
    assert await ask(database) == "nobody"
    async with database.session() as session:
        await staff.add(session, "Vera", "manager", telegram_id=3)
    assert await ask(database) == "nobody"  # she has not signed in


async def test_at_most_thirty_requests_a_day_wait_for_a_decision(database) -> None:
    vera = await manager(database)
    assert [await ask(database, number) for number in range(100, 131)] == ["asked"] * 30 + ["crowded"]
    async with database.session() as session:
        assert await applicants.refuse(session, 100, vera)
    assert await ask(database, 130) == "asked"
    assert await ask(database, 131) == "crowded"
    assert await ask(database, 131, now=NOW + timedelta(hours=24)) == "asked"


async def test_the_first_decision_stands(database) -> None:
    vera, boris = await manager(database), await manager(database, 4, "Boris")
    await ask(database)
    async with database.session() as session:
        assert await applicants.refuse(session, 1001, vera)
        assert await applicants.approve(session, 1001, boris) is None
        assert (await applicants.get(session, 1001)).decided_by == vera.id
    assert await ask(database) == "refused"
    async with database.reading() as session:
        assert len(await staff.list_all(session)) == 2


async def test_who_is_approved_is_an_assistant_who_is_signed_in(database) -> None:
    vera = await manager(database)
    await ask(database, name="А" * 4096)
    async with database.session() as session:
        person = await applicants.approve(session, 1001, vera)
    assert (person.name, person.role, person.chat_id) == ("А" * 63 + "…", "assistant", 1001)


async def test_an_applicant_without_a_name_that_can_be_seen_gets_a_number(database) -> None:
    await manager(database)
    await ask(database, name="\u200b\u3164")
    async with database.reading() as session:
        assert (await applicants.get(session, 1001)).name == "№ 1001"


async def test_who_was_removed_is_refused_until_invited(database, hire) -> None:
    vera, anna = await manager(database), await hire("Anna", 1001)
    async with database.session() as session:
        await staff.remove(session, anna.id, by=vera.id)
    assert await ask(database) == "refused"
    async with database.reading() as session:
        kept = await applicants.get(session, 1001)
        assert (kept.name, kept.username, kept.decided_by) == ("", None, vera.id)

    assert (await use(database, await invite(database))).name == "Anna"
    async with database.reading() as session:
        assert list(await session.scalars(select(Applicant))) == []


async def test_who_wished_to_be_forgotten_leaves_no_trace_and_may_come_back(database) -> None:
    vera = await manager(database)
    await ask(database)
    async with database.session() as session:
        person = await applicants.approve(session, 1001, vera)
    async with database.session() as session:
        await staff.forget(session, person.id)
    async with database.reading() as session:
        assert await applicants.get(session, 1001) is None
        assert [one.name for one in await staff.list_all(session)] == ["Vera"]
    assert await ask(database) == "asked"


async def test_the_last_manager_who_is_signed_in_stays_one(database) -> None:
    vera = await manager(database)
    async with database.session() as session:
        await staff.add(session, "Boris", "manager", telegram_id=4)
    for change in (staff.forget, lambda session, number: staff.set_role(session, number, "assistant")):
        with pytest.raises(LastManagerError, match="Vera is the only manager"):
            async with database.session() as session:
                await change(session, vera.id)

    await manager(database, 5, "Carla")
    async with database.session() as session:
        assert (await staff.set_role(session, vera.id, "assistant")).role == "assistant"


async def test_a_new_role_begins_off_and_the_same_role_changes_nothing(database, hire) -> None:
    anna = await hire("Anna", 1001)
    async with database.session() as session:
        assert (await staff.set_role(session, anna.id, "assistant")).status == "waiting"
        promoted = await staff.set_role(session, anna.id, "manager")
        assert (promoted.status, promoted.waiting_since) == ("off", None)


async def test_a_leaving_managers_invitations_open_no_more(database) -> None:
    vera = await manager(database)
    await manager(database, 4, "Boris")
    tokens = [await invite(database, created_by=vera.id) for _ in range(2)]
    await use(database, tokens[0])
    async with database.session() as session:
        await staff.remove(session, vera.id)
    assert await use(database, tokens[1], 1002) is None


async def test_who_cannot_be_reached_is_reached_again(database, hire) -> None:
    anna = await hire("Anna", 1001)
    async with database.session() as session:
        await giving_up.unreachable(session, anna.id, error="Forbidden")
    async with database.session() as session:
        await staff.reached(session, anna.id)
    async with database.reading() as session:
        assert (await staff.get(session, anna.id)).unreachable_since is None


async def test_what_managers_were_told_of_a_person_leaves_with_them(database, hire) -> None:
    vera, anna = await manager(database), await hire("Anna", 1001)
    async with database.session() as session:
        for telegram_id in (1001, 7_000_000_001):
            await notices.tell(session, vera.id, "joined", {"telegram_id": telegram_id})
    async with database.session() as session:
        await staff.remove(session, anna.id)
    async with database.reading() as session:
        assert [payload["telegram_id"] for payload in await session.scalars(select(Notice.payload))] == [7_000_000_001]


async def test_who_never_came_takes_nobody_elses_notices_along(database) -> None:
    vera = await manager(database)
    async with database.session() as session:
        boris = await staff.add(session, "Boris", "assistant", username="boris")
        await notices.tell(session, vera.id, "summary", {"visitors": 3})
    async with database.session() as session:
        await staff.remove(session, boris.id)
    async with database.reading() as session:
        assert len(list(await session.scalars(select(Notice)))) == 1
