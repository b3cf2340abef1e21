"""Pressing the buttons of cards: one winner, polite answers, and no way in for forged presses."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from db import staff
from db.models import Outcome, Staff, Visit

ANNA, BORIS, VERA = 1001, 1002, 1003


async def test_a_visitor_is_told_to_whoever_waits_and_taken_once(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)

    visit = await shop.enters()
    hers, his = await shop.card(ANNA), await shop.card(BORIS)
    assert hers.photo == visit.snapshot
    assert hers.buttons == ["Беру", "Не моё"]
    assert "Косметика и аксессуары" in hers.text

    assert await shop.press(ANNA, hers.message_id, "Беру") == "Посетитель ваш."

    assert (await shop.card(ANNA, "✅ Посетитель ваш")).message_id == hers.message_id
    assert (await shop.closed(BORIS, "Посетителя встречает Анна.")).message_id == his.message_id
    assert (await shop.person(ANNA)).status == "busy"
    assert (await shop.person(BORIS)).status == "waiting"
    assert (await shop.told(visit)).state == "claimed"


async def test_a_late_tap_is_answered_and_changes_nothing(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    hers, _ = await shop.card(ANNA), await shop.card(BORIS)
    await shop.press(ANNA, hers.message_id, "Беру")

    for press in ("take", "skip"):
        notice = await shop.press_forged(BORIS, f"{press}:{visit.id}")
        assert notice == "Посетителя уже встречает Анна."

    assert await shop.press_forged(ANNA, f"take:{visit.id}") == "Этот посетитель уже ваш."
    assert (await shop.person(BORIS)).status == "waiting"


async def test_two_hundred_taps_at_once_have_one_winner(open_shop, until) -> None:
    shop = open_shop
    people = await shop.hire_many(200)
    visit = await shop.enters(snapshot=None)
    await until(lambda: all(shop.cards(person) for person in people), 60)
    cards = {person: shop.cards(person)[0].message_id for person in people}

    await asyncio.gather(*(shop.simulator.press(person, card, "Беру") for person, card in cards.items()))
    await until(lambda: all(shop.simulator.toasts(person) for person in people), 60)

    notices = {person: [toast.text for toast in shop.simulator.toasts(person)] for person in people}
    (winner,) = [person for person, notice in notices.items() if notice == ["Посетитель ваш."]]
    others = [notice for person, notice in notices.items() if person != winner]
    assert others == [[f"Посетителя уже встречает {people[winner].name}."]] * 199
    async with shop.database.reading() as session:
        (row,) = await session.scalars(select(Visit))
        assert (row.id, row.state, row.claimed_by) == (visit.id, "claimed", people[winner].id)
        assert list(await session.scalars(select(Outcome))) == []
        assert list(await session.scalars(select(Staff.id).where(Staff.status == "busy"))) == [people[winner].id]


async def test_not_mine_closes_one_card_and_leaves_the_others(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    hers, his = await shop.card(ANNA), await shop.card(BORIS)

    assert await shop.press(ANNA, hers.message_id, "Не моё") == "Для вас закрыто, остальные карточку видят."
    await shop.closed(ANNA, "Закрыто: не ваше.")
    assert (await shop.card(BORIS)).text == his.text
    assert (await shop.person(ANNA)).status == "waiting"

    await shop.press(BORIS, his.message_id, "Беру")
    await shop.card(BORIS, "✅ Посетитель ваш")
    assert "Закрыто" in shop.cards(ANNA)[0].text  # and is not told who took it
    assert (await shop.told(visit)).state == "claimed"


async def test_a_card_in_the_language_of_its_reader(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    await shop.ask(BORIS, "/language en")
    await shop.enters(snapshot=None)
    hers, his = await shop.card(ANNA), await shop.card(BORIS)
    assert (hers.buttons, his.buttons) == (["Беру", "Не моё"], ["Take", "Not mine"])

    await shop.press(ANNA, hers.message_id, "Беру")

    assert (await shop.closed(BORIS, "Taken by Анна.")).text.startswith("Cosmetics and accessories, 40 %")


async def test_a_visit_that_was_never_told_to_the_presser_is_refused(open_shop) -> None:
    shop = open_shop
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS, status="off")
    visit = await shop.enters()
    await shop.card(ANNA)

    assert await shop.press_forged(BORIS, f"take:{visit.id}") == "Это не ваша карточка."
    assert await shop.press_forged(BORIS, f"skip:{visit.id}") == "Это не ваша карточка."
    assert (await shop.told(visit)).state == "offered"


@pytest.mark.parametrize("data", ["take", "take:", "take:'; DROP TABLE visits; --", "ж" * 32, "served:1", "\x00"])
async def test_garbage_is_answered(open_shop, data) -> None:
    await open_shop.hire("Анна", ANNA)
    assert await open_shop.press_forged(ANNA, data) == "Эта кнопка больше не работает."


async def test_a_removed_person_presses_in_vain(open_shop) -> None:
    shop = open_shop
    anna = await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    visit = await shop.enters()
    card = await shop.card(ANNA)
    async with shop.database.session() as session:
        await staff.remove(session, anna.id)

    assert await shop.press(ANNA, card.message_id, "Беру") == "Вас нет в списке сотрудников."
    assert (await shop.told(visit)).state == "offered"


async def test_who_became_a_manager_no_longer_takes_visitors(open_shop) -> None:
    shop = open_shop
    anna = await shop.hire("Анна", ANNA)
    visit = await shop.enters()
    card = await shop.card(ANNA)
    async with shop.database.session() as session:
        (await staff.get(session, anna.id)).role = "manager"

    assert await shop.press(ANNA, card.message_id, "Беру") == "Посетителей встречают только продавцы."
    assert (await shop.told(visit)).state == "offered"


async def test_a_press_while_the_bot_was_away_counts_when_it_is_back(shop) -> None:
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        visit = await shop.enters()
        card = await shop.card(ANNA)
    await shop.simulator.press(ANNA, card.message_id, "Беру")

    async with shop.bot():
        await shop.card(ANNA, "✅ Посетитель ваш")
    assert (await shop.told(visit)).state == "claimed"
