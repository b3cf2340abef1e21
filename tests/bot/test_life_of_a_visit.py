"""From the first card to the last word: taken, served, left, passed on."""

from __future__ import annotations

from db import staff

ANNA, BORIS, VERA, GLEB = 1001, 1002, 1003, 2000

MINE = "✅ Посетитель ваш"


def data_of(card) -> dict[str, str]:
    """The callback data behind each label of a card."""
    return {button["text"]: button["callback_data"] for row in card.inline for button in row}


async def test_served_in_one_tap_with_the_department_they_wanted(open_shop) -> None:
    shop = open_shop
    anna, boris = await shop.hire("Анна", ANNA), await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    his = await shop.card(BORIS)
    hers = await shop.takes(ANNA)
    await shop.closed(BORIS, "Посетителя встречает Анна.")

    assert await shop.press(ANNA, hers, "✅ Товары для детей") == "Обслужено, спасибо!"

    assert (await shop.closed(ANNA, "✅ Обслужено: Товары для детей.")).message_id == hers
    assert (await shop.closed(BORIS, "Посетителя обслужили (Анна).")).message_id == his.message_id
    ended = await shop.row(visit)
    assert (ended.state, ended.wanted, ended.claimed_by) == ("served", "kids", anna.id)
    assert ended.claimed_at is not None
    assert ended.closed_at is not None
    assert ended.first_claimed_at == ended.claimed_at <= ended.closed_at
    assert await shop.outcomes(visit) == {anna.id: ("served", "kids")}
    hers_now, his_now = await shop.person(ANNA), await shop.person(BORIS)
    assert (hers_now.status, his_now.status) == ("waiting", "waiting")
    assert hers_now.waiting_since > his_now.waiting_since  # it is Boris's turn now
    assert boris.waiting_since == his_now.waiting_since


async def test_a_second_tap_on_served_is_harmless(open_shop) -> None:
    shop = open_shop
    anna = await shop.hire("Анна", ANNA)
    visit = await shop.enters()
    hers = await shop.takes(ANNA)
    data = data_of(await shop.card(ANNA, MINE))
    await shop.press(ANNA, hers, "✅ Товары для детей")

    for again in ("✅ Товары для детей", "✅ Кухонная посуда", "Ушёл", "Передать"):
        assert await shop.press_forged(ANNA, data[again]) == "Эту карточку вы уже закрыли."

    assert ((await shop.row(visit)).state, (await shop.row(visit)).wanted) == ("served", "kids")
    assert await shop.outcomes(visit) == {anna.id: ("served", "kids")}


async def test_a_visitor_who_left_is_closed_as_left(open_shop) -> None:
    shop = open_shop
    anna = await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    await shop.card(BORIS)
    hers = await shop.takes(ANNA)

    assert await shop.press(ANNA, hers, "Ушёл") == "Отмечено: посетитель ушёл."

    await shop.closed(ANNA, "Посетитель ушёл.")
    await shop.closed(BORIS, "Посетитель ушёл.")
    assert await shop.press_forged(BORIS, f"take:{visit.id}") == "Этот посетитель уже ушёл."
    assert ((await shop.row(visit)).state, (await shop.row(visit)).wanted) == ("left", None)
    assert await shop.outcomes(visit) == {anna.id: ("left", None)}
    assert await shop.status(ANNA) == "waiting"


async def test_a_shop_may_keep_assistants_busy_after_a_visit(shop) -> None:
    shop.rules(after_outcome="busy")
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.enters()
        await shop.press(ANNA, await shop.takes(ANNA), "Ушёл")
        assert await shop.status(ANNA) == "busy"


async def test_who_went_off_meanwhile_stays_off(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.enters()
    hers = await shop.takes(ANNA)
    await shop.ask(ANNA, "/off")

    await shop.press(ANNA, hers, "Ушёл")

    assert await shop.status(ANNA) == "off"


async def test_who_has_two_visitors_is_busy_until_both_are_closed(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.enters()
    first = await shop.card(ANNA)
    await shop.enters()
    second = await shop.card(ANNA, after=first.message_id)
    for card in (first, second):
        await shop.press(ANNA, card.message_id, "Беру")
        await shop.simulator.wait_for(ANNA, lambda m, id=card.message_id: m.message_id == id and MINE in m.text)

    await shop.press(ANNA, first.message_id, "Ушёл")
    assert await shop.status(ANNA) == "busy"
    await shop.press(ANNA, second.message_id, "Ушёл")
    assert await shop.status(ANNA) == "waiting"


async def test_a_visit_passed_on_opens_again_for_the_others(open_shop) -> None:
    shop = open_shop
    anna, boris = await shop.hire("Анна", ANNA), await shop.hire("Борис", BORIS)
    await shop.hire("Денис", 2001)
    visit = await shop.enters()
    his, declined = await shop.card(BORIS), await shop.card(2001)
    await shop.press(2001, declined.message_id, "Не моё")
    await shop.closed(2001, "Закрыто: не ваше.")
    hers = await shop.takes(ANNA)
    await shop.closed(BORIS, "Посетителя встречает Анна.")
    gleb = await shop.hire("Глеб", GLEB)  # begins to wait after the first cards were sent

    assert await shop.press(ANNA, hers, "Передать") == "Передано."

    assert (await shop.closed(ANNA, "Вы передали посетителя другим.")).message_id == hers
    again = await shop.card(BORIS)
    assert (again.message_id, again.buttons) == (his.message_id, ["Беру", "Не моё"])
    assert "встречает" not in again.text
    assert (await shop.card(GLEB)).buttons == ["Беру", "Не моё"]
    assert await shop.status(ANNA) == "waiting"
    assert await shop.press_forged(ANNA, f"take:{visit.id}") == "Эту карточку вы уже закрыли."

    assert await shop.press(BORIS, his.message_id, "Беру") == "Посетитель ваш."
    await shop.closed(GLEB, "Посетителя встречает Борис.")
    await shop.card(BORIS, MINE)
    await shop.press(BORIS, his.message_id, "✅ Косметика и аксессуары")
    await shop.closed(GLEB, "Посетителя обслужили (Борис).")
    assert "Закрыто: не ваше." in shop.cards(2001)[0].text
    ended = await shop.row(visit)
    assert ended.claimed_by == boris.id
    assert ended.first_claimed_at is not None
    assert ended.claimed_at is not None
    assert ended.first_claimed_at < ended.claimed_at
    assert (await shop.outcomes(visit))[anna.id] == ("passed_on", None)
    assert gleb.id not in await shop.outcomes(visit)


async def test_a_visit_passed_on_when_nobody_else_is_free_goes_to_the_managers_at_once(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Вера", VERA, role="manager", status="off")
    visit = await shop.enters()
    hers = await shop.takes(ANNA)

    await shop.press(ANNA, hers, "Передать")

    card = await shop.card(VERA, "❗ Посетителя больше некому встретить.")
    assert card.buttons == ["Беру", "Не моё"]
    assert (await shop.row(visit)).escalated_at is not None


async def test_when_nobody_wants_a_visitor_the_managers_are_told_at_once(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    await shop.hire("Вера", VERA, role="manager", status="off")
    await shop.enters()
    for person in (ANNA, BORIS):
        assert not shop.cards(VERA)
        await shop.press(person, (await shop.card(person)).message_id, "Не моё")

    await shop.card(VERA, "❗ Посетителя больше некому встретить.")


async def test_a_managers_button_does_nothing_for_an_assistant(shop) -> None:
    shop.rules(escalate_after=0.3)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Борис", BORIS, status="off")
        vera = await shop.hire("Вера", VERA, role="manager", status="off")
        visit = await shop.enters()
        card = await shop.card(VERA)

        assert await shop.press_forged(BORIS, f"take:{visit.id}") == "Это не ваша карточка."
        async with shop.database.session() as session:
            (await staff.get(session, vera.id)).role = "assistant"
        assert await shop.press(VERA, card.message_id, "Беру") == "Эту карточку может взять только управляющий."
        assert (await shop.row(visit)).state == "offered"


async def test_another_persons_visit_cannot_be_closed(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    assert await shop.press_forged(BORIS, f"left:{visit.id}") == "Сначала нажмите «Беру»."
    await shop.takes(ANNA)
    data = data_of(await shop.card(ANNA, MINE))

    for press in data.values():
        assert await shop.press_forged(BORIS, press) == "Посетителя уже встречает Анна."
    assert await shop.press_forged(ANNA, f"serve:{visit.id}:0badcafe") == (
        "Такого отдела в магазине больше нет, нажмите другой."
    )
    assert (await shop.row(visit)).state == "claimed"
