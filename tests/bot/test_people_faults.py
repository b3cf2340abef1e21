"""When a handler fails: a number in the person's language, the trace in the log, and not a word about the person."""

from __future__ import annotations

import logging
import re

import pytest
from sqlalchemy import text

from db import giving_up
from tests.bot.people import ANNA, answer, manager, shown
from tests.databases import ON_SQLITE

NAME, WORDS = "Аннушка Секретная", "мой пароль 30 лет назад"


async def break_staff(shop) -> None:
    """From now on nobody's status or language can be written down, for a reason that quotes who it was about."""
    async with shop.database.session() as session:
        await session.execute(
            text(
                "CREATE TRIGGER broken BEFORE UPDATE ON staff WHEN NEW.language = 'en' OR NEW.status = 'busy' BEGIN "
                "SELECT RAISE(ABORT, 'Аннушка Секретная (@anna, 1001) cannot change'); END"
            )
        )


@ON_SQLITE  # whose trigger it is
async def test_a_failure_has_a_number_that_the_log_has_too(open_shop, caplog) -> None:
    await open_shop.hire(NAME, ANNA)
    await break_staff(open_shop)

    told = (await answer(open_shop, ANNA, "/busy")).text

    number = re.fullmatch(r"У нас что-то пошло не так\. .* номер: ([0-9a-f]{8})\.", told)
    assert number is not None
    (record,) = [one for one in caplog.records if number[1] in one.getMessage()]
    assert record.levelno == logging.ERROR
    assert "bot/handlers/status.py" in record.getMessage()
    assert "IntegrityError" in record.getMessage()


@ON_SQLITE  # whose trigger it is
async def test_the_log_names_nobody(open_shop, caplog) -> None:
    await open_shop.hire(NAME, ANNA)
    await break_staff(open_shop)
    caplog.set_level(logging.DEBUG)
    await answer(open_shop, ANNA, "/busy")

    logged = "\n".join(record.getMessage() for record in caplog.records)
    for secret in (NAME, "Аннушка", "@anna", "1001", "Анна", open_shop.simulator.token):
        assert secret not in logged, secret


@ON_SQLITE  # whose trigger it is
async def test_a_failed_press_is_told_in_the_language_of_who_pressed(open_shop) -> None:
    await manager(open_shop)
    await open_shop.hire("Anna", ANNA)
    await answer(open_shop, ANNA, "/language en")
    async with open_shop.database.session() as session:
        await session.execute(
            text("CREATE TRIGGER broken BEFORE UPDATE OF departments ON staff BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    menu = await answer(open_shop, ANNA, "/departments")

    notice = await open_shop.press(ANNA, menu.message_id, "Kitchenware")

    assert re.fullmatch(r"Something went wrong on our side\. .* this number: [0-9a-f]{8}\.", notice)
    assert open_shop.simulator.toasts(ANNA)[-1].alert


async def test_what_somebody_wrote_does_not_reach_the_log(open_shop, caplog) -> None:
    await open_shop.hire("Анна", ANNA)
    open_shop.simulator.faults.fail("sendMessage", 400, times=1)
    await answer(open_shop, ANNA, WORDS)  # the refused answer is told of, too
    logged = "\n".join(record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING)
    assert "error" in logged
    assert "пароль" not in logged


@pytest.mark.parametrize("code", [403, 500])
async def test_a_failure_of_telegram_itself_is_one_line_in_the_log(open_shop, caplog, until, code) -> None:
    await open_shop.hire("Анна", ANNA)
    open_shop.simulator.faults.fail("sendMessage", code, times=1)
    await open_shop.simulator.say(ANNA, "/help")

    def lines() -> list[str]:
        return [
            r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING and "Telegram:" in r.getMessage()
        ]

    await until(lines)
    assert len(lines()) == 1
    assert "\n" not in lines()[0]
    assert (await answer(open_shop, ANNA, "/help")).text


async def test_who_had_blocked_the_bot_is_reached_again_by_a_word_or_a_press(open_shop) -> None:
    anna = await open_shop.hire("Анна", ANNA)
    menu = await answer(open_shop, ANNA, "/departments")
    for act in ("/nonsense", "press"):
        async with open_shop.database.session() as session:
            await giving_up.unreachable(session, anna.id, error="Forbidden")
        if act == "press":
            await open_shop.simulator.press(ANNA, menu.message_id, "Кухонная посуда")
            await shown(open_shop, ANNA, "отделов: Кухонная посуда")
        else:
            await answer(open_shop, ANNA, act)
        assert (await open_shop.person(ANNA)).unreachable_since is None
        assert await open_shop.status(ANNA) == "waiting"
