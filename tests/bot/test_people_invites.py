"""Invitations: one link lets in one person, once, in time, in the role that a manager chose."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from db import staff
from db.models import Invite
from tests.bot.people import ANNA, BORIS, VERA, answer, invited, manager, shown
from tests.databases import ON_SQLITE

REFUSED = "Это приглашение не действует"


async def test_a_link_lets_one_person_in_under_the_name_and_role_of_the_invitation(open_shop) -> None:
    await manager(open_shop)

    told = await answer(open_shop, VERA, "/invite Анна Петрова")
    token = told.text.rpartition("?start=")[2]

    assert told.text.startswith("Отправьте эту ссылку: Анна Петрова, продавец. Она сработает один раз, до ")
    assert f"https://t.me/amiko_bot?start={token}" in told.text
    assert "Анна" not in token
    assert "Здравствуйте, Анна Петрова! Вы вошли." in (await answer(open_shop, ANNA, f"/start {token}")).text
    assert (await open_shop.person(ANNA)).role == "assistant"
    assert open_shop.simulator.keyboard(ANNA) == ["🟢 Жду", "🟡 Не могу", "⚪ Не на смене"]
    joined = await shown(open_shop, VERA, "вход по вашему приглашению")
    assert joined.text == "👋 Анна Петрова: вход по вашему приглашению, продавец (@anna в Telegram)."


@pytest.mark.parametrize("word", ["manager", "Manager", "управляющий"])
async def test_a_manager_can_be_invited(open_shop, word) -> None:
    await manager(open_shop)
    token = await invited(open_shop, f"Борис {word}")
    assert "Вы управляющий" in (await answer(open_shop, BORIS, f"/start {token}")).text
    assert (await open_shop.person(BORIS)).name == "Борис"


async def test_a_used_link_opens_nothing_more(open_shop) -> None:
    await manager(open_shop)
    token = await invited(open_shop, "Анна")
    await answer(open_shop, ANNA, f"/start {token}")

    assert REFUSED in (await answer(open_shop, BORIS, f"/start {token}")).text
    assert "Вы вошли" in (await answer(open_shop, ANNA, f"/start {token}")).text
    async with open_shop.database.reading() as session:
        assert [person.name for person in await staff.list_all(session)] == ["Вера", "Анна"]


async def test_forty_people_tap_the_same_link_at_once_and_one_gets_in(open_shop, until) -> None:
    await manager(open_shop)
    token = await invited(open_shop, "Анна")
    crowd = range(2000, 2040)

    for person in crowd:
        await open_shop.simulator.say(person, f"/start {token}")
    await until(lambda: all(len(open_shop.simulator.messages(person)) == 2 for person in crowd), 30)

    answers = [open_shop.simulator.messages(person)[1].text for person in crowd]
    assert sum("Здравствуйте, Анна!" in text for text in answers) == 1
    assert sum(REFUSED in text for text in answers) == 39


async def test_a_link_whose_time_is_over_opens_nothing(open_shop) -> None:
    await manager(open_shop)
    token = await invited(open_shop, "Анна")
    async with open_shop.database.session() as session:
        await session.execute(update(Invite).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert REFUSED in (await answer(open_shop, ANNA, f"/start {token}")).text


@pytest.mark.parametrize("token", ["x", "A" * 32, "A" * 4000, "ключ", "a b", "../../etc", "'; DROP TABLE staff; --"])
async def test_a_made_up_link_opens_nothing(open_shop, token) -> None:
    assert REFUSED in (await answer(open_shop, ANNA, f"/start {token}")).text


async def test_the_invitations_of_a_manager_who_is_one_no_more_open_nothing(open_shop) -> None:
    await manager(open_shop)
    boris = await manager(open_shop, BORIS, "Борис")
    token = await invited(open_shop, "Анна manager", by=BORIS)
    async with open_shop.database.session() as session:
        await staff.set_role(session, boris.id, "assistant")
    assert REFUSED in (await answer(open_shop, ANNA, f"/start {token}")).text


async def test_only_managers_invite(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)
    assert (await answer(open_shop, ANNA, "/invite Борис manager")).text == "Приглашать могут только управляющие."
    assert "Вы ещё не вошли" in (await answer(open_shop, BORIS, "/invite Борис")).text
    async with open_shop.database.reading() as session:
        assert (await session.scalars(select(Invite))).all() == []


@pytest.mark.parametrize("name", ["", "А" * 65, "x" * 4000, "\u200b\u200e\u3164", "\u0301\u200d"])
async def test_an_invitation_needs_a_name_that_can_be_seen(open_shop, name) -> None:
    await manager(open_shop)
    assert "имя от 1 до 64 знаков" in (await answer(open_shop, VERA, f"/invite {name}")).text


@ON_SQLITE
async def test_neither_the_database_nor_the_log_holds_the_token(open_shop, caplog, tmp_path) -> None:
    caplog.set_level(logging.DEBUG)
    await manager(open_shop)
    token = await invited(open_shop, "Анна")
    await answer(open_shop, ANNA, f"/start {token}")

    kept = b"".join(path.read_bytes() for path in tmp_path.glob("amiko.db*") if path.is_file())
    assert token.encode() not in kept
    assert [record.name for record in caplog.records if token in record.getMessage()] == []
