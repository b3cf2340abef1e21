"""A stranger's /login: the managers are asked, the first one decides, everybody learns it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from db import applicants, staff
from tests.bot.people import ANNA, BORIS, VERA, answer, invited, manager, shown

STRANGER = 2000


async def on_the_list(shop) -> list[str]:
    async with shop.database.reading() as session:
        return [person.name for person in await staff.list_all(session)]


async def test_a_manager_lets_a_stranger_in(open_shop) -> None:
    await manager(open_shop)

    assert "я спрашиваю управляющих" in (await answer(open_shop, ANNA, "/login")).text
    request = await shown(open_shop, VERA, "просит впустить")
    assert request.text == "🙋 Анна (@anna) просит впустить как продавца. Вы знаете этого человека?"
    assert request.buttons == ["Впустить", "Отказать"]

    assert await open_shop.press(VERA, request.message_id, "Впустить") == "Вход открыт: Анна."
    assert "Здравствуйте, Анна! Вы вошли." in (await shown(open_shop, ANNA, "Здравствуйте")).text
    assert open_shop.simulator.keyboard(ANNA) == ["🟢 Жду", "🟡 Не могу", "⚪ Не на смене"]
    assert (await shown(open_shop, VERA, "Одобрено")).message_id == request.message_id
    assert (await open_shop.person(ANNA)).role == "assistant"
    assert "Вы ждёте" in (await answer(open_shop, ANNA, "/wait")).text


async def test_the_first_manager_decides_and_the_others_see_who_did(open_shop) -> None:
    await manager(open_shop)
    await manager(open_shop, BORIS, "Борис")
    await answer(open_shop, ANNA, "/login")
    hers, his = await shown(open_shop, VERA, "просит впустить"), await shown(open_shop, BORIS, "просит впустить")

    assert await open_shop.press(VERA, hers.message_id, "Отказать") == "Отказано."

    for person, request in ((VERA, hers), (BORIS, his)):
        closed = await shown(open_shop, person, "Отказано, решение: Вера.")
        assert (closed.message_id, closed.buttons) == (request.message_id, [])
    late = await open_shop.press_forged(BORIS, f"p:ask:yes:{ANNA}")
    assert late == "Это уже решено, решение: Вера."
    assert await on_the_list(open_shop) == ["Вера", "Борис"]


async def test_a_refused_stranger_learns_it_and_can_do_nothing_but_be_invited(open_shop) -> None:
    await manager(open_shop)
    await answer(open_shop, ANNA, "/login")
    request = await shown(open_shop, VERA, "просит впустить")
    await open_shop.press(VERA, request.message_id, "Отказать")
    assert "управляющие решили вас не впускать" in (await shown(open_shop, ANNA, "решили")).text

    for words in ("/login", "/start"):
        assert "решили вас не впускать" in (await answer(open_shop, ANNA, words)).text
    for words in ("/wait", "/staff", "/privacy", "/language en", "🟢 Жду", "пустите!"):
        assert "Вы ещё не вошли" in (await answer(open_shop, ANNA, words)).text
    asked = [m for m in open_shop.simulator.messages(VERA) if "Заявка" in m.text or "просит" in m.text]
    assert len(asked) == 1

    token = await invited(open_shop, "Анна")
    assert "Вы вошли" in (await answer(open_shop, ANNA, f"/start {token}")).text


async def test_asking_again_does_not_trouble_the_managers(open_shop) -> None:
    await manager(open_shop)
    await answer(open_shop, ANNA, "/login")
    await shown(open_shop, VERA, "просит впустить")
    for _ in range(5):
        assert "Ваша заявка уже у управляющих" in (await answer(open_shop, ANNA, "/login")).text
    await answer(open_shop, VERA, "/help")
    assert sum("просит впустить" in m.text for m in open_shop.simulator.messages(VERA)) == 1


async def test_a_crowd_of_strangers_does_not_bury_the_managers(open_shop) -> None:
    for person in range(2000, 2030):
        async with open_shop.database.session() as session:
            if person == 2000:
                await staff.add(session, "Вера", "manager", telegram_id=VERA)
                await staff.login(session, telegram_id=VERA, username=None, chat_id=VERA)
            await applicants.ask(
                session, telegram_id=person, chat_id=person, username=None, name="Бот", now=datetime.now(UTC)
            )
    assert "слишком много заявок" in (await answer(open_shop, ANNA, "/login")).text


async def test_without_a_manager_a_stranger_learns_what_to_do(open_shop) -> None:
    told = (await answer(open_shop, ANNA, "/login")).text
    assert "вас нет в списке сотрудников, а управляющих" in told
    assert "1001" in told

    await manager(open_shop)
    assert "я спрашиваю управляющих" in (await answer(open_shop, ANNA, "/login")).text


async def test_an_assistant_decides_nothing_with_a_forged_button(open_shop) -> None:
    await manager(open_shop)
    await open_shop.hire("Борис", BORIS)
    await answer(open_shop, ANNA, "/login")
    await shown(open_shop, VERA, "просит впустить")

    assert await open_shop.press_forged(BORIS, f"p:ask:yes:{ANNA}") == "Это могут только управляющие."
    await answer(open_shop, STRANGER, "/start")
    assert await open_shop.press_forged(STRANGER, f"p:ask:yes:{ANNA}") == "Вас нет в списке сотрудников."
    assert await on_the_list(open_shop) == ["Вера", "Борис"]


@pytest.mark.parametrize(
    "data", ["p:ask:yes:", "p:ask:yes:-1", "p:ask:maybe:1", "p:ask:yes:99999999999999999", "p:", "p:ask:yes:1 2"]
)
async def test_garbage_is_answered(open_shop, data) -> None:
    await manager(open_shop)
    assert await open_shop.press_forged(VERA, data) == "Эта кнопка больше не работает."


async def test_a_request_that_nobody_made_is_answered(open_shop) -> None:
    await manager(open_shop)
    assert await open_shop.press_forged(VERA, "p:ask:yes:4711") == "Эта заявка уже закрыта."


async def test_who_was_let_in_and_has_blocked_the_bot_breaks_nothing(open_shop, until) -> None:
    await manager(open_shop)
    await answer(open_shop, ANNA, "/login")
    request = await shown(open_shop, VERA, "просит впустить")
    open_shop.simulator.block(ANNA)

    assert await open_shop.press(VERA, request.message_id, "Впустить") == "Вход открыт: Анна."

    async def noted() -> bool:
        return (await open_shop.person(ANNA)).unreachable_since is not None

    await until(noted)
    await answer(open_shop, ANNA, "/help")
    assert (await open_shop.person(ANNA)).unreachable_since is None


async def test_who_applied_and_comes_by_an_invitation_closes_the_request(open_shop) -> None:
    await manager(open_shop)
    await answer(open_shop, ANNA, "/login")
    request = await shown(open_shop, VERA, "просит впустить")
    token = await invited(open_shop, "Анна")
    await answer(open_shop, ANNA, f"/start {token}")

    closed = await shown(open_shop, VERA, "Вход по приглашению, решать больше нечего")
    assert (closed.message_id, closed.buttons) == (request.message_id, [])


async def test_a_press_too_old_for_a_notice_still_lets_the_applicant_in(open_shop) -> None:
    await manager(open_shop)
    await answer(open_shop, ANNA, "/login")
    request = await shown(open_shop, VERA, "просит впустить")
    open_shop.simulator.faults.fail("answerCallbackQuery", 400, times=1)

    await open_shop.simulator.press(VERA, request.message_id, "Впустить")

    assert "Вы вошли" in (await shown(open_shop, ANNA, "Здравствуйте, Анна")).text
    assert "что-то пошло не так" not in "".join(m.text for m in open_shop.simulator.messages(VERA))
