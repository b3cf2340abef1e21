"""Cards arrive: at once, at least once, in order, and whatever Telegram answers meanwhile."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.cards import caption
from bot.errors import BotError
from bot.service import serve
from db import staff
from db.models import Snapshot, Visit
from tests.databases import ON_SQLITE

ANNA, BORIS = 1001, 1002
pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")  # the library's own, off in a running bot


@pytest.fixture
def quick(monkeypatch) -> None:
    """Tries again after 50 ms instead of half a second."""
    monkeypatch.setattr("bot.notifier._FIRST_RETRY_SECONDS", 0.05)
    monkeypatch.setattr("bot.notifier._PAUSE_SECONDS", 0.05)


async def test_a_card_arrives_long_before_the_poll_would_find_it(shop, monkeypatch) -> None:
    """Where nobody looks for a minute, what brings a card within seconds was the nudge."""
    for name in ("db.nudge._POLL_SECONDS", "db.notified._POLL_SECONDS", "bot.notifier._PAUSE_SECONDS"):
        monkeypatch.setattr(name, 60)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        await asyncio.sleep(2)  # until all is quiet
        for door in ("Door 1", "Door 2", "Door 3"):
            await shop.enters(camera=door)
            await shop.card(ANNA, door)


async def test_a_picture_is_uploaded_once_and_everybody_gets_it(open_shop) -> None:
    chats = [2000 + n for n in range(6)]
    for chat in chats:
        await open_shop.hire(f"Продавец {chat}", chat)
    visit = await open_shop.enters()
    cards = [await open_shop.card(chat) for chat in chats]
    assert {card.photo for card in cards} == {visit.snapshot}
    assert len({card.file.file_id for card in cards if card.file}) < len(cards)


async def test_a_picture_that_telegram_no_longer_knows_is_uploaded_again(open_shop) -> None:
    chats = [2000 + n for n in range(6)]
    for chat in chats:
        await open_shop.hire(f"Продавец {chat}", chat)
    open_shop.simulator.faults.fail("sendPhoto", 400, person_id=2005)
    await open_shop.enters()
    assert (await open_shop.card(2005)).photo


async def test_a_visit_without_a_nudge_is_found(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)
    await open_shop.enters(nudged=False)
    assert "Косметика" in (await open_shop.card(ANNA)).text


async def test_what_was_committed_while_the_bot_was_away_is_told_in_order(shop) -> None:
    await shop.hire("Анна", ANNA)
    for n in range(5):
        await shop.enters(camera=f"Door {n}")

    async with shop.bot():
        await shop.card(ANNA, "Door 4")

    assert [card.text.split("\n")[-1].split(",")[0] for card in shop.cards(ANNA)] == [f"Door {n}" for n in range(5)]


async def test_what_is_too_old_is_not_told_and_counts_as_missed(shop) -> None:
    await shop.hire("Анна", ANNA)
    old, fresh = await shop.enters(camera="Old"), await shop.enters(camera="Fresh")
    async with shop.database.session() as session:
        row = await session.get_one(Visit, old.id)
        row.recorded_at = datetime.now(UTC) - timedelta(seconds=shop.config.bot.max_age + 1)

    async with shop.bot():
        await shop.card(ANNA, "Fresh")
        await asyncio.sleep(0.2)

    assert len(shop.cards(ANNA)) == 1
    told = await shop.told(old)
    assert (told.state, told.receipts[0].state) == ("missed", "expired")
    assert (await shop.told(fresh)).receipts[0].state == "sent"


@pytest.mark.parametrize("code", [429, 500, 502])
async def test_a_refused_send_is_tried_again_until_it_arrives_once(open_shop, quick, code) -> None:
    await open_shop.hire("Анна", ANNA)
    open_shop.simulator.faults.fail("sendPhoto", code, times=2, retry_after=1 if code == 429 else None)

    visit = await open_shop.enters()
    await open_shop.card(ANNA)
    await asyncio.sleep(0.3)

    assert len(open_shop.cards(ANNA)) == 1
    assert (await open_shop.told(visit)).receipts[0].state == "sent"


async def test_a_mistake_of_our_own_delays_a_card_and_does_not_lose_it(open_shop, quick, monkeypatch) -> None:
    await open_shop.hire("Анна", ANNA)
    mistakes = iter([KeyError("mistake"), KeyError("mistake")])

    def mistaken(*args):
        for mistake in mistakes:
            raise mistake
        return caption(*args)

    monkeypatch.setattr("bot.delivery.work.caption", mistaken)
    await open_shop.enters()
    assert "Косметика" in (await open_shop.card(ANNA)).text


async def test_retry_after_holds_up_that_chat_alone(open_shop) -> None:
    await open_shop.hire("Анна", ANNA)
    open_shop.simulator.faults.fail("sendPhoto", 429, retry_after=5)
    await open_shop.enters(camera="First")
    refused = time.monotonic()
    await asyncio.sleep(0.3)
    await open_shop.hire("Борис", BORIS)

    await open_shop.enters(camera="Second")

    await open_shop.card(BORIS, "Second")
    assert time.monotonic() - refused < 4.5
    await open_shop.card(ANNA, "First")
    assert time.monotonic() - refused >= 5


async def test_an_edit_that_fails_is_tried_again(open_shop, quick) -> None:
    await open_shop.hire("Анна", ANNA)
    await open_shop.hire("Борис", BORIS)
    await open_shop.enters()
    card = await open_shop.card(ANNA)
    await open_shop.card(BORIS)
    open_shop.simulator.faults.fail("editMessageCaption", 500, times=4)

    await open_shop.press(ANNA, card.message_id, "Беру")

    await open_shop.card(ANNA, "✅ Посетитель ваш")
    await open_shop.closed(BORIS, "Посетителя встречает Анна")


async def test_who_blocked_the_bot_is_left_alone_until_they_write_and_the_others_are_told(open_shop, until) -> None:
    await open_shop.hire("Анна", ANNA)
    await open_shop.hire("Борис", BORIS)
    open_shop.simulator.block(ANNA)

    visit = await open_shop.enters()
    await open_shop.card(BORIS)

    async def is_unreachable() -> bool:
        return (await open_shop.person(ANNA)).unreachable_since is not None

    await until(is_unreachable)
    second = await open_shop.enters(camera="Second")
    assert [receipt.name for receipt in (await open_shop.told(second)).receipts] == ["Борис"]
    await open_shop.ask(ANNA, "/start")
    await open_shop.enters(camera="Third")
    await open_shop.card(ANNA, "Third")
    receipts = {r.name: r for r in (await open_shop.told(visit)).receipts}
    assert receipts["Анна"].state == "failed"
    assert "blocked" in receipts["Анна"].last_error
    assert (await open_shop.told(visit)).state == "offered"


async def test_a_card_that_telegram_cannot_take_is_given_up_with_its_reason(open_shop, until) -> None:
    await open_shop.hire("Анна", ANNA)
    open_shop.simulator.faults.fail("sendPhoto", 400)

    visit = await open_shop.enters()

    async def is_missed() -> bool:
        return (await open_shop.told(visit)).state == "missed"

    await until(is_missed)
    told = await open_shop.told(visit)
    assert (told.receipts[0].state, bool(told.receipts[0].last_error)) == ("failed", True)
    await open_shop.enters(camera="Next")
    assert "Next" in (await open_shop.card(ANNA)).text


async def test_a_token_that_is_taken_back_ends_the_bot_with_a_sentence_and_loses_nothing(shop) -> None:
    await shop.hire("Анна", ANNA)
    shop.simulator.faults.fail("sendPhoto", 401)
    visit = await shop.enters()

    with pytest.raises(BotError, match="no longer takes the bot's token"):
        await serve(shop.config, shop.database, asyncio.Event())

    async with shop.bot():
        await shop.card(ANNA)
    assert (await shop.told(visit)).receipts[0].state == "sent"


@ON_SQLITE
async def test_a_database_locked_for_a_while_loses_and_repeats_nothing(open_shop, tmp_path) -> None:
    await open_shop.hire("Анна", ANNA)
    other = sqlite3.connect(tmp_path / "amiko.db", isolation_level=None)
    for n in range(3):
        await open_shop.enters(camera=f"Door {n}")
        other.execute("BEGIN IMMEDIATE")
        await open_shop.card(ANNA, f"Door {n}")
        await asyncio.sleep(0.5)
        other.execute("ROLLBACK")
    other.close()
    await asyncio.sleep(0.3)
    assert len(open_shop.cards(ANNA)) == 3


async def test_a_person_removed_while_a_card_waits_disturbs_nobody(shop) -> None:
    anna = await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    await shop.enters()
    async with shop.database.session() as session:
        await staff.remove(session, anna.id)

    async with shop.bot():
        await shop.card(BORIS)
    assert shop.cards(ANNA) == []


async def test_neither_the_token_nor_an_address_is_logged(shop, quick, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    async with shop.bot():
        await shop.hire("Анна", ANNA)
        shop.simulator.faults.fail("sendPhoto", 500)
        shop.simulator.faults.fail("answerCallbackQuery", 500)
        await shop.enters()
        card = await shop.card(ANNA)
        await shop.simulator.press(ANNA, card.message_id, "Беру")
        await shop.card(ANNA, "✅ Посетитель ваш")

    assert "500" in caplog.text or "Internal" in caplog.text
    assert shop.simulator.token not in caplog.text


async def test_old_snapshots_are_deleted_when_the_bot_starts(shop, until) -> None:
    visit = await shop.enters()
    async with shop.database.session() as session:
        row = await session.get_one(Snapshot, visit.id)
        row.created_at = datetime.now(UTC) - timedelta(hours=shop.config.privacy.snapshot_hours + 1)

    async def is_gone() -> bool:
        async with shop.database.reading() as session:
            return await session.get(Snapshot, visit.id) is None

    async with shop.bot():
        await until(is_gone)
    assert (await shop.told(visit)).state == "missed"
