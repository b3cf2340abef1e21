"""Getting in: only whom a manager has added, in the language they choose."""

from __future__ import annotations

import pytest

from db import staff

ANNA, BORIS, VERA = 1001, 1002, 1003


async def add(shop, name, role="assistant", **known) -> None:
    async with shop.database.session() as session:
        await staff.add(session, name, role, **known)


async def test_a_stranger_is_greeted_and_told_how_to_get_in(open_shop) -> None:
    answer = await open_shop.ask(ANNA, "/start")
    assert "Я помощник магазина Дом & сад" in answer.text
    assert "/login" in answer.text


async def test_a_stranger_does_not_get_in_but_learns_their_number(open_shop) -> None:
    answer = await open_shop.ask(ANNA, "/login")
    assert "вас нет в списке сотрудников" in answer.text
    assert "1001" in answer.text


@pytest.mark.parametrize("words", ["/help", "/wait", "/language en", "🟢 Жду", "hello", "x" * 4096, "/nonsense"])
async def test_a_stranger_can_do_nothing_else(open_shop, words) -> None:
    assert "Вы ещё не вошли" in (await open_shop.ask(ANNA, words)).text


async def test_an_assistant_gets_in_by_id_and_sees_the_status_keyboard(open_shop) -> None:
    await add(open_shop, "Анна", telegram_id=ANNA)

    answer = await open_shop.ask(ANNA, "/login")

    assert answer.text.startswith("Здравствуйте, Анна! Вы вошли.")
    assert open_shop.simulator.keyboard(ANNA) == ["🟢 Жду", "🟡 Не могу", "⚪ Не на смене"]


async def test_an_assistant_gets_in_by_user_name(open_shop) -> None:
    await add(open_shop, "Борис", username="@Boris")
    assert "Здравствуйте, Борис!" in (await open_shop.ask(BORIS, "/login")).text
    assert (await open_shop.person(BORIS)).chat_id == BORIS


async def test_a_manager_gets_in_without_the_status_keyboard(open_shop) -> None:
    await add(open_shop, "Вера", "manager", telegram_id=VERA)

    assert "Вы управляющий" in (await open_shop.ask(VERA, "/login")).text
    assert open_shop.simulator.keyboard(VERA) == []
    assert "получают только продавцы" in (await open_shop.ask(VERA, "/wait")).text


async def test_who_is_in_is_greeted_by_start(open_shop) -> None:
    await add(open_shop, "Анна", telegram_id=ANNA)
    await open_shop.ask(ANNA, "/login")
    assert "Вы вошли" in (await open_shop.ask(ANNA, "/start")).text


async def test_a_removed_person_can_do_nothing_any_more(open_shop) -> None:
    await add(open_shop, "Анна", telegram_id=ANNA)
    await open_shop.ask(ANNA, "/login")
    async with open_shop.database.session() as session:
        await staff.remove(session, (await staff.by_telegram(session, ANNA)).id)

    assert "Вы ещё не вошли" in (await open_shop.ask(ANNA, "/wait")).text
    assert open_shop.simulator.keyboard(ANNA) == []
    for words in ("/login", "/start"):
        assert "управляющие решили вас не впускать" in (await open_shop.ask(ANNA, words)).text


async def test_the_language_can_be_chosen_and_is_kept(open_shop) -> None:
    await add(open_shop, "Анна", telegram_id=ANNA)
    await open_shop.ask(ANNA, "/login")

    assert (await open_shop.ask(ANNA, "/language en")).text == "We speak English now."
    assert open_shop.simulator.keyboard(ANNA) == ["🟢 Waiting", "🟡 Busy", "⚪ Off"]
    assert (await open_shop.ask(ANNA, "/wait")).text.startswith("You are waiting")
    assert (await open_shop.ask(ANNA, "/language xx")).text == "Write /language ru or /language en."
    assert (await open_shop.ask(ANNA, "/language RU")).text == "Теперь говорим по-русски."


async def test_names_with_markup_are_shown_as_they_are(open_shop) -> None:
    await add(open_shop, "<b>Анна</b> & {name}", telegram_id=ANNA)
    assert "Здравствуйте, <b>Анна</b> & {name}!" in (await open_shop.ask(ANNA, "/login")).text


async def test_unknown_words_are_answered(open_shop) -> None:
    await add(open_shop, "Анна", telegram_id=ANNA)
    await open_shop.ask(ANNA, "/login")
    assert "Не понимаю" in (await open_shop.ask(ANNA, "как дела?")).text


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("/wait", "waiting"),
        ("/busy", "busy"),
        ("/off", "off"),
        ("/wait@amiko_bot", "waiting"),
        ("🟢 Жду", "waiting"),
        ("🟡 Не могу", "busy"),
        ("⚪ Не на смене", "off"),
        ("🟢 Waiting", "waiting"),
        ("🟡 Busy", "busy"),
    ],
)
async def test_the_status_is_set_by_command_and_by_keyboard(open_shop, words, status) -> None:
    await open_shop.hire("Анна", ANNA, status="off" if status != "off" else "busy")

    await open_shop.ask(ANNA, words)

    assert (await open_shop.person(ANNA)).status == status


async def test_one_persons_words_are_taken_in_their_order(open_shop, until) -> None:
    await open_shop.hire("Анна", ANNA)
    for _ in range(5):
        for words in ("/wait", "/busy", "/off"):
            await open_shop.simulator.say(ANNA, words)
    await until(lambda: open_shop.sends() == 16)

    answers = [m.text for m in open_shop.simulator.messages(ANNA) if m.from_bot][1:]
    assert [a.split(":")[0] for a in answers] == ["Вы ждёте", "Хорошо", "Вы не на смене"] * 5
    assert (await open_shop.person(ANNA)).status == "off"
