"""From the first card to the last word: taken, served, left, passed on, and what time does to who does not press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from db import staff
from db.models import Delivery, Notice, Outcome, Visit

ANNA, BORIS, VERA, GLEB = 1001, 1002, 1003, 2000

MINE = "✅ Посетитель ваш"
BUTTONS = [
    "✅ Косметика и аксессуары",
    "✅ Товары для детей",
    "✅ Домашний текстиль",
    "✅ Мелкая бытовая техника и электроника",
    "✅ Техника для красоты и здоровья",
    "✅ Кухонная посуда",
    "Ушёл",
    "Передать",
]


async def row(shop, visit) -> Visit:
    async with shop.database.reading() as session:
        return await session.get_one(Visit, visit.id)


async def outcomes(shop, visit) -> dict[int, tuple[str, str | None]]:
    async with shop.database.reading() as session:
        rows = await session.scalars(select(Outcome).where(Outcome.visit_id == visit.id))
        return {outcome.staff_id: (outcome.kind, outcome.department) for outcome in rows}


async def deliveries(shop) -> list[Delivery]:
    async with shop.database.reading() as session:
        return list(await session.scalars(select(Delivery).order_by(Delivery.id)))


async def takes(shop, telegram_id) -> int:
    """The message id of the card that this person has just taken."""
    card = await shop.card(telegram_id)
    assert await shop.press(telegram_id, card.message_id, "Беру") == "Посетитель ваш."
    assert (await shop.card(telegram_id, MINE)).buttons == BUTTONS
    return card.message_id


def data_of(card) -> dict[str, str]:
    """The callback data behind each label of a card."""
    return {button["text"]: button["callback_data"] for row in card.inline for button in row}


async def nothing_more(shop, telegram_id: int, after: int, seconds: float = 1.5) -> None:
    """Wait as long as a bot that sends a card twice would need for the second one."""
    with pytest.raises(TimeoutError):
        await shop.simulator.wait_for(telegram_id, lambda m: bool(m.inline) and m.message_id > after, seconds)


async def test_served_in_one_tap_with_the_department_they_wanted(open_shop) -> None:
    shop = open_shop
    anna, boris = await shop.hire("Анна", ANNA), await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    his = await shop.card(BORIS)
    hers = await takes(shop, ANNA)
    await shop.closed(BORIS, "Посетителя встречает Анна.")

    assert await shop.press(ANNA, hers, "✅ Товары для детей") == "Обслужено, спасибо!"

    assert (await shop.closed(ANNA, "✅ Обслужено: Товары для детей.")).message_id == hers
    assert (await shop.closed(BORIS, "Посетителя обслужили (Анна).")).message_id == his.message_id
    ended = await row(shop, visit)
    assert (ended.state, ended.wanted, ended.claimed_by) == ("served", "kids", anna.id)
    assert ended.claimed_at is not None
    assert ended.closed_at is not None
    assert ended.first_claimed_at == ended.claimed_at <= ended.closed_at
    assert await outcomes(shop, visit) == {anna.id: ("served", "kids")}
    hers_now, his_now = await shop.person(ANNA), await shop.person(BORIS)
    assert (hers_now.status, his_now.status) == ("waiting", "waiting")
    assert hers_now.waiting_since > his_now.waiting_since  # it is Boris's turn now
    assert boris.waiting_since == his_now.waiting_since


async def test_a_second_tap_on_served_is_harmless(open_shop) -> None:
    shop = open_shop
    anna = await shop.hire("Анна", ANNA)
    visit = await shop.enters()
    hers = await takes(shop, ANNA)
    data = data_of(await shop.card(ANNA, MINE))
    await shop.press(ANNA, hers, "✅ Товары для детей")

    for again in ("✅ Товары для детей", "✅ Кухонная посуда", "Ушёл", "Передать"):
        assert await shop.press_forged(ANNA, data[again]) == "Эту карточку вы уже закрыли."

    assert ((await row(shop, visit)).state, (await row(shop, visit)).wanted) == ("served", "kids")
    assert await outcomes(shop, visit) == {anna.id: ("served", "kids")}


async def test_a_visitor_who_left_is_closed_as_left(open_shop) -> None:
    shop = open_shop
    anna = await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    await shop.card(BORIS)
    hers = await takes(shop, ANNA)

    assert await shop.press(ANNA, hers, "Ушёл") == "Отмечено: посетитель ушёл."

    await shop.closed(ANNA, "Посетитель ушёл.")
    await shop.closed(BORIS, "Посетитель ушёл.")
    assert await shop.press_forged(BORIS, f"take:{visit.id}") == "Этот посетитель уже ушёл."
    assert ((await row(shop, visit)).state, (await row(shop, visit)).wanted) == ("left", None)
    assert await outcomes(shop, visit) == {anna.id: ("left", None)}
    assert await shop.status(ANNA) == "waiting"


async def test_a_shop_may_keep_assistants_busy_after_a_visit(shop) -> None:
    shop.rules(after_outcome="busy")
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.enters()
        await shop.press(ANNA, await takes(shop, ANNA), "Ушёл")
        assert await shop.status(ANNA) == "busy"


async def test_who_went_off_meanwhile_stays_off(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.enters()
    hers = await takes(shop, ANNA)
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
    hers = await takes(shop, ANNA)
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
    ended = await row(shop, visit)
    assert ended.claimed_by == boris.id
    assert ended.first_claimed_at is not None
    assert ended.claimed_at is not None
    assert ended.first_claimed_at < ended.claimed_at
    assert (await outcomes(shop, visit))[anna.id] == ("passed_on", None)
    assert gleb.id not in await outcomes(shop, visit)


async def test_a_visit_passed_on_when_nobody_else_is_free_goes_to_the_managers_at_once(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Вера", VERA, role="manager", status="off")
    visit = await shop.enters()
    hers = await takes(shop, ANNA)

    await shop.press(ANNA, hers, "Передать")

    card = await shop.card(VERA, "❗ Посетителя больше некому встретить.")
    assert card.buttons == ["Беру", "Не моё"]
    assert (await row(shop, visit)).escalated_at is not None


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


async def test_whom_nobody_takes_in_time_the_managers_get_once(shop) -> None:
    shop.rules(escalate_after=1.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Вера", VERA, role="manager", status="off")
        visit = await shop.enters()
        hers = await shop.card(ANNA)
        his = await shop.card(VERA, "❗ Посетителя никто не встретил за 1 с.")
        assert his.photo == visit.snapshot
        assert (await row(shop, visit)).state == "offered"
    async with shop.bot():
        await nothing_more(shop, VERA, after=his.message_id)

        assert await shop.press(VERA, his.message_id, "Беру") == "Посетитель ваш."
        assert (await shop.card(VERA, MINE)).buttons == BUTTONS
        assert (await shop.closed(ANNA, "Посетителя встречает Вера.")).message_id == hers.message_id
        await shop.press(VERA, his.message_id, "✅ Кухонная посуда")
        await shop.closed(VERA, "✅ Обслужено: Кухонная посуда.")
        await shop.closed(ANNA, "Посетителя обслужили (Вера).")
    assert ((await row(shop, visit)).state, (await row(shop, visit)).wanted) == ("served", "kitchen")
    assert await shop.status(VERA) == "off"  # managers get no cards of their own, so they need not be free


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
        assert (await row(shop, visit)).state == "offered"


async def test_another_persons_visit_cannot_be_closed(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    assert await shop.press_forged(BORIS, f"left:{visit.id}") == "Сначала нажмите «Беру»."
    await takes(shop, ANNA)
    data = data_of(await shop.card(ANNA, MINE))

    for press in data.values():
        assert await shop.press_forged(BORIS, press) == "Посетителя уже встречает Анна."
    assert await shop.press_forged(ANNA, f"serve:{visit.id}:0badcafe") == (
        "Такого отдела в магазине больше нет, нажмите другой."
    )
    assert (await row(shop, visit)).state == "claimed"


async def test_in_turn_the_longest_waiting_is_asked_first_and_the_next_after_a_while(shop) -> None:
    shop.rules(offer="turn", turn_seconds=1.0)
    async with shop.bot():
        for name, person in (("Борис", BORIS), ("Анна", ANNA), ("Глеб", GLEB)):
            await shop.hire(name, person)
        visit = await shop.enters()
        first = await shop.card(BORIS)
        assert not shop.cards(ANNA)
        second = await shop.card(ANNA)
        assert not shop.cards(GLEB)
        assert shop.cards(BORIS)[0].buttons == first.buttons  # he may still take it
        await shop.card(GLEB)
        begun = (await row(shop, visit)).recorded_at
        hers, his = [delivery.asked_at for delivery in (await deliveries(shop))[1:]]
        assert timedelta(seconds=1) <= hers - begun < timedelta(seconds=1.5)
        assert timedelta(seconds=1) <= his - hers < timedelta(seconds=1.5)

        await shop.press(BORIS, first.message_id, "Беру")
        assert (await shop.closed(ANNA, "Посетителя встречает Борис.")).message_id == second.message_id


async def test_in_turn_not_mine_asks_the_next_at_once(shop) -> None:
    shop.rules(offer="turn", turn_seconds=600.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Борис", BORIS)
        await shop.hire("Вера", VERA, role="manager", status="off")
        await shop.enters()
        await shop.press(ANNA, (await shop.card(ANNA)).message_id, "Не моё")
        await shop.press(BORIS, (await shop.card(BORIS)).message_id, "Не моё")
        await shop.card(VERA, "❗ Посетителя больше некому встретить.")


async def test_in_turn_whoever_blocked_the_bot_is_passed_over(shop) -> None:
    shop.rules(offer="turn", turn_seconds=600.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Борис", BORIS)
        shop.simulator.block(ANNA)
        visit = await shop.enters()
        await shop.card(BORIS)
        assert (await row(shop, visit)).state == "offered"


async def test_in_turn_a_visitor_whom_nobody_can_be_told_of_is_missed(shop, until) -> None:
    shop.rules(offer="turn", turn_seconds=600.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        shop.simulator.block(ANNA)
        visit = await shop.enters()

        async def missed() -> bool:
            return (await row(shop, visit)).state == "missed"

        await until(missed)


async def test_in_turn_a_visit_passed_on_goes_to_the_next(shop) -> None:
    shop.rules(offer="turn", turn_seconds=600.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Борис", BORIS)
        await shop.hire("Глеб", GLEB)
        await shop.enters()
        await shop.press(ANNA, await takes(shop, ANNA), "Передать")
        await shop.card(BORIS)
        assert not shop.cards(GLEB)


async def test_the_cards_of_a_visitor_who_has_gone_are_closed(shop) -> None:
    shop.rules(gone_after=1.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        visit = await shop.enters()
        card = await shop.card(ANNA)

        closed = await shop.closed(ANNA, "Пропущено: посетителя никто не встретил.")

        assert closed.message_id == card.message_id
        assert await shop.press_forged(ANNA, f"take:{visit.id}") == "Этого посетителя встречать уже не нужно."
        ended = await row(shop, visit)
        assert (ended.state, ended.claimed_by) == ("missed", None)
        assert ended.closed_at is not None
        assert await shop.status(ANNA) == "waiting"


async def test_who_forgets_a_card_is_reminded_once_and_then_it_is_closed(shop) -> None:
    shop.rules(remind_after=1.0, close_after=4.0)
    async with shop.bot():
        anna = await shop.hire("Анна", ANNA)
        await shop.hire("Борис", BORIS)
        visit = await shop.enters()
        await shop.card(BORIS)
        await takes(shop, ANNA)
        await shop.simulator.wait_for(ANNA, lambda m: m.text.startswith("⏰ Вы встречали посетителя (Entrance, 12:30)"))
    async with shop.bot():
        await shop.closed(ANNA, "Закрыто: чем кончилось, не отмечено.")
    async with shop.database.reading() as session:
        assert [notice.kind for notice in await session.scalars(select(Notice))] == ["reminder"]
    assert (await row(shop, visit)).state == "unknown"
    assert await outcomes(shop, visit) == {anna.id: ("unknown", None)}
    assert await shop.status(ANNA) == "waiting"


async def test_a_clock_set_back_an_hour_delays_nobody_and_doubles_nothing(shop) -> None:
    shop.rules(escalate_after=1.0)
    await shop.hire("Анна", ANNA)
    await shop.hire("Вера", VERA, role="manager", status="off")
    visit = await shop.enters()
    async with shop.database.session() as session:  # as if recorded before the clock was set back
        ahead = datetime.now(UTC) + timedelta(hours=1)
        await session.execute(update(Visit).values(recorded_at=ahead, last_seen=ahead))
    async with shop.bot():
        card = await shop.card(VERA)
        await nothing_more(shop, VERA, after=card.message_id)
        assert (await row(shop, visit)).state == "offered"
        await takes(shop, ANNA)
