"""Notices arrive as cards do, in one queue with them, and what came too late is told of in one summary."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.notices.registry import KINDS
from bot.notices.words import Words
from db import notices, nudge
from db.models import Notice, Visit

ANNA, BORIS = 1001, 1002
pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")  # the library's own, off in a running bot


@pytest.fixture(autouse=True)
def plain_kind(monkeypatch) -> None:
    """A kind of notice that says what its payload says, with a button where it has one."""

    def render(payload, shop, t) -> Words:
        button = payload.get("button")
        buttons = InlineKeyboardMarkup.from_button(InlineKeyboardButton(button, callback_data="x")) if button else None
        return Words(
            t("<b>{text}</b>", text=payload["text"]), buttons, payload.get("photo") and bytes.fromhex(payload["photo"])
        )

    monkeypatch.setitem(KINDS, "test", render)


async def tell(shop, person, text, **payload) -> int:
    async with shop.database.session() as session:
        notice_id = await notices.tell(session, person.id, "test", {"text": text, **payload})
    nudge.send(shop.database.url)
    return notice_id


async def state(shop, notice_id: int) -> tuple[str, bool]:
    async with shop.database.reading() as session:
        notice = await session.get_one(Notice, notice_id)
        return notice.state, notice.edit_due


async def make_old(shop, *visits, seconds: float) -> None:
    async with shop.database.session() as session:
        for visit in visits:
            (await session.get_one(Visit, visit.id)).recorded_at -= timedelta(seconds=seconds)


def texts(shop, chat: int) -> list[str]:
    return [message.text.split("\n")[-1] for message in shop.simulator.messages(chat) if message.from_bot]


async def test_a_notice_arrives_with_its_buttons(open_shop) -> None:
    anna = await open_shop.hire("Анна", ANNA)
    await tell(open_shop, anna, "Камера <молчит>", button="Хорошо")
    message = await open_shop.card(ANNA, "Камера <молчит>")
    assert message.buttons == ["Хорошо"]


async def test_a_changed_notice_is_edited_in_its_place(open_shop, until) -> None:
    anna = await open_shop.hire("Анна", ANNA)
    notice_id = await tell(open_shop, anna, "До", button="Хорошо")
    before = await open_shop.card(ANNA, "До")

    async with open_shop.database.session() as session:
        await notices.change(session, [notice_id], {"text": "После"})
    nudge.send(open_shop.database.url)

    assert (await open_shop.closed(ANNA, "После")).message_id == before.message_id
    await until(lambda: is_sent(open_shop, notice_id))


async def is_sent(shop, notice_id: int) -> bool:
    return await state(shop, notice_id) == ("sent", False)


async def test_a_notice_changed_before_it_went_out_says_the_newest_only(shop) -> None:
    anna = await shop.hire("Анна", ANNA)
    notice_id = await tell(shop, anna, "До")
    async with shop.database.session() as session:
        await notices.change(session, [notice_id], {"text": "После"})

    async with shop.bot():
        await shop.closed(ANNA, "После")
        await asyncio.sleep(0.2)
    assert texts(shop, ANNA).count("До") == 0
    assert await is_sent(shop, notice_id)


async def test_cards_and_notices_of_one_chat_keep_their_order(shop) -> None:
    anna = await shop.hire("Анна", ANNA)
    await tell(shop, anna, "Один")
    await shop.enters(camera="Два")
    await tell(shop, anna, "Три")
    await shop.enters(camera="Четыре")

    async with shop.bot():
        await shop.card(ANNA, "Четыре")
    said = [text.split(",")[0] for text in texts(shop, ANNA)]
    assert [text for text in said if text in {"Один", "Два", "Три", "Четыре"}] == ["Один", "Два", "Три", "Четыре"]


@pytest.mark.parametrize("fault", [500, 429])
async def test_a_notice_that_was_refused_comes_again(open_shop, fault) -> None:
    anna = await open_shop.hire("Анна", ANNA)
    open_shop.simulator.faults.fail("sendMessage", fault)
    await tell(open_shop, anna, "Важно")
    await open_shop.closed(ANNA, "Важно")


async def test_a_notice_waits_for_who_blocked_the_bot(open_shop) -> None:
    anna = await open_shop.hire("Анна", ANNA)
    open_shop.simulator.block(ANNA)
    await tell(open_shop, anna, "Важно")
    await asyncio.sleep(0.3)
    await open_shop.simulator.say(ANNA, "/start")
    await open_shop.closed(ANNA, "Важно")


async def test_a_notice_nobody_can_word_is_given_up_and_holds_up_nothing(open_shop, monkeypatch) -> None:
    monkeypatch.setattr("bot.notifier._FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr("bot.notifier._PAUSE_SECONDS", 0.05)
    anna = await open_shop.hire("Анна", ANNA)
    async with open_shop.database.session() as session:
        await notices.tell(session, anna.id, "unknown", {})
    await tell(open_shop, anna, "Важно")
    await open_shop.closed(ANNA, "Важно")


async def test_old_cards_come_as_one_summary_and_fresh_ones_as_cards(shop) -> None:
    await shop.hire("Анна", ANNA)
    first = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    old = [await shop.enters(camera=f"Old {n}", first_seen=first + timedelta(minutes=n)) for n in range(3)]
    await make_old(shop, *old, seconds=shop.config.bot.max_age + 1)
    fresh = await shop.enters(camera="Fresh")

    async with shop.bot():
        await shop.card(ANNA, "Fresh")
        summary = await shop.closed(ANNA, "⏳")
        await asyncio.sleep(0.5)

    assert summary.text.startswith("⏳ Пока не было связи, зашли 3 посетителя (12:30–12:32).")
    assert len([text for text in texts(shop, ANNA) if "⏳" in text]) == 1
    assert len(shop.cards(ANNA)) == 1
    assert {(await shop.told(visit)).state for visit in old} == {"missed"}
    assert (await shop.told(fresh)).state == "offered"


async def test_visits_that_end_while_telegram_is_away_are_summarised_once(shop) -> None:
    shop.rules(gone_after=1.0, max_age=1.5)
    await shop.hire("Анна", ANNA)
    async with shop.bot():
        await shop.ask(BORIS, "/start")
        shop.simulator.faults.away(4)
        now = datetime.now(UTC)
        for n in range(4):
            await shop.enters(camera=f"Door {n}", first_seen=now, last_seen=now)
            await asyncio.sleep(0.5)
        summary = await shop.simulator.wait_for(ANNA, lambda message: "⏳" in message.text, 20)
        await asyncio.sleep(1)

    assert "зашли 4 посетителя" in summary.text
    assert len([text for text in texts(shop, ANNA) if "⏳" in text]) == 1
    assert shop.cards(ANNA) == []


async def test_a_card_whose_visit_was_taken_before_it_went_out_is_not_sent(shop) -> None:
    people = [await shop.hire(f"Продавец {n}", 2000 + n) for n in range(40)]
    async with shop.bot():
        for person in people:  # their greetings have used up the pace
            await shop.simulator.wait_for(person.telegram_id, lambda message: message.from_bot)
        visit = await shop.enters()
        first = await shop.card(2000)
        await shop.press(2000, first.message_id, "Беру")
        await asyncio.sleep(2)

    unsent = [receipt for receipt in (await shop.told(visit)).receipts if receipt.state == "expired"]
    assert len(unsent) > 10
    assert sum(bool(shop.cards(person.telegram_id)) for person in people) == len(people) - len(unsent)
