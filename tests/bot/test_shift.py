"""What time does to visits that nobody moves on: turns, managers told, cards closed, reminders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from db.models import Delivery, Notice, Visit

ANNA, BORIS, VERA, GLEB = 1001, 1002, 1003, 2000


async def deliveries(shop) -> list[Delivery]:
    async with shop.database.reading() as session:
        return list(await session.scalars(select(Delivery).order_by(Delivery.id)))


async def nothing_more(shop, telegram_id: int, after: int, seconds: float = 1.5) -> None:
    """Wait as long as a bot that sends a card twice would need for the second one."""
    with pytest.raises(TimeoutError):
        await shop.simulator.wait_for(telegram_id, lambda m: bool(m.inline) and m.message_id > after, seconds)


async def test_whom_nobody_takes_in_time_the_managers_get_once(shop) -> None:
    shop.rules(escalate_after=1.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Вера", VERA, role="manager", status="off")
        visit = await shop.enters()
        hers = await shop.card(ANNA)
        his = await shop.card(VERA, "❗ Посетителя никто не встретил за 1 с.")
        assert his.photo == visit.snapshot
        assert (await shop.row(visit)).state == "offered"
    async with shop.bot():
        await nothing_more(shop, VERA, after=his.message_id)

        assert await shop.press(VERA, his.message_id, "Беру") == "Посетитель ваш."
        await shop.card(VERA, "✅ Посетитель ваш")
        assert (await shop.closed(ANNA, "Посетителя встречает Вера.")).message_id == hers.message_id
        await shop.press(VERA, his.message_id, "✅ Кухонная посуда")
        await shop.closed(VERA, "✅ Обслужено: Кухонная посуда.")
        await shop.closed(ANNA, "Посетителя обслужили (Вера).")
    assert ((await shop.row(visit)).state, (await shop.row(visit)).wanted) == ("served", "kitchen")
    assert await shop.status(VERA) == "off"  # managers get no cards of their own, so they need not be free


async def test_in_turn_the_longest_waiting_is_asked_first_and_the_next_after_a_while(shop) -> None:
    shop.rules(offer="turn", turn_seconds=1.5)
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
        begun = (await shop.row(visit)).recorded_at
        hers, his = [delivery.asked_at for delivery in (await deliveries(shop))[1:]]
        assert timedelta(seconds=1.5) <= hers - begun < timedelta(seconds=4)
        assert timedelta(seconds=1.5) <= his - hers < timedelta(seconds=4)

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
        assert (await shop.row(visit)).state == "offered"


async def test_in_turn_a_visitor_whom_nobody_can_be_told_of_is_missed(shop, until) -> None:
    shop.rules(offer="turn", turn_seconds=600.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        shop.simulator.block(ANNA)
        visit = await shop.enters()

        async def missed() -> bool:
            return (await shop.row(visit)).state == "missed"

        await until(missed)


async def test_in_turn_a_visit_passed_on_goes_to_the_next(shop) -> None:
    shop.rules(offer="turn", turn_seconds=600.0)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await shop.hire("Борис", BORIS)
        await shop.hire("Глеб", GLEB)
        await shop.enters()
        await shop.press(ANNA, await shop.takes(ANNA), "Передать")
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
        ended = await shop.row(visit)
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
        await shop.takes(ANNA)
        await shop.simulator.wait_for(ANNA, lambda m: m.text.startswith("⏰ Вы встречали посетителя (Entrance, 12:30)"))
    async with shop.bot():
        await shop.closed(ANNA, "Закрыто: чем кончилось, не отмечено.")
    async with shop.database.reading() as session:
        assert [notice.kind for notice in await session.scalars(select(Notice))] == ["reminder"]
    assert (await shop.row(visit)).state == "unknown"
    assert await shop.outcomes(visit) == {anna.id: ("unknown", None)}
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
        assert (await shop.row(visit)).state == "offered"
        await shop.takes(ANNA)
