"""Telegram limits, errs, is slow, drops connections or is away, the database is locked, the clock is set back: nothing
is lost, and the log says in a line or two what happened.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import BotError
from bot.service import serve
from db.models import Delivery, Visit
from tests.databases import ON_SQLITE

ANNA, BORIS, VERA = 1001, 1002, 1003
pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")  # the library's own, off in a running bot


def warnings(caplog) -> list[str]:
    """What the delivery of messages warned of."""
    return [
        r.message
        for r in caplog.records
        if r.levelno >= logging.WARNING and r.name in {"bot.notifier", "bot.delivery.pace", "bot.delivery.scribe"}
    ]


@asynccontextmanager
async def running(shop) -> AsyncIterator[None]:
    """The bot, once it has answered everybody who was hired."""
    async with shop.bot():
        for chat in [ANNA, BORIS, *range(2000, 2030)]:
            if shop.simulator.messages(chat):
                await shop.simulator.wait_for(chat, lambda message: message.from_bot)
        await shop.ask(VERA, "/start")
        yield


async def all_sent(shop, visit) -> bool:
    return {receipt.state for receipt in (await shop.told(visit)).receipts} == {"sent"}


async def hire_many(shop, number: int) -> list[int]:
    chats = [2000 + n for n in range(number)]
    for chat in chats:
        await shop.hire(f"Продавец {chat}", chat)
    return chats


async def test_a_limited_chat_waits_alone_and_the_log_says_so_once(shop, caplog) -> None:
    await shop.hire("Анна", ANNA)
    await shop.hire("Борис", BORIS)
    async with running(shop):
        shop.simulator.faults.flood(5, ANNA)
        started = time.monotonic()
        await shop.enters()
        await shop.card(BORIS)
        assert time.monotonic() - started < 4.5
        await shop.card(ANNA)
        assert time.monotonic() - started >= 5

    assert len(shop.cards(ANNA)) == len(shop.cards(BORIS)) == 1
    (line,) = warnings(caplog)
    assert line == f"Telegram limits chat {ANNA} for 5 s"


async def test_an_answer_that_telegram_limits_comes_when_it_may(shop) -> None:
    await shop.hire("Анна", ANNA)
    async with running(shop):
        seen = shop.simulator.messages(ANNA)[-1].message_id
        shop.simulator.faults.flood(1.5, ANNA)
        await shop.simulator.say(ANNA, "/help")
        await shop.simulator.wait_for(ANNA, lambda message: message.from_bot and message.message_id > seen)


async def test_a_limited_bot_rests_as_a_whole(shop, caplog) -> None:
    chats = await hire_many(shop, 30)
    async with running(shop):
        before = shop.sends()
        shop.simulator.faults.flood(2)
        await shop.enters()
        for chat in chats:
            await shop.card(chat)

    assert shop.sends() - before < 1.5 * len(chats)  # not once more for everybody
    *chats_alone, line = warnings(caplog)
    assert (len(chats_alone), line) == (2, "Telegram limits the bot for 2 s: all messages wait")


@pytest.mark.parametrize("fault", ["drop", "lose", "slow", "error"])
async def test_one_unlucky_request_is_repeated(shop, fault, monkeypatch, until) -> None:
    monkeypatch.setattr("bot.delivery.connections._ANSWER_SECONDS", 0.5)
    await shop.hire("Анна", ANNA)
    async with running(shop):
        faults = shop.simulator.faults
        match fault:
            case "drop":
                faults.drop("sendPhoto")
            case "lose":
                faults.drop("sendPhoto", done=True)
            case "slow":
                faults.slow(3, "sendPhoto")
            case "error":
                faults.fail("sendPhoto", 500)
        visit = await shop.enters()

        await until(lambda: all_sent(shop, visit))

    # Whether the answer or the message was lost, the bot cannot know: then, and only then, it comes twice.
    assert len(shop.cards(ANNA)) == (2 if fault in {"lose", "slow"} else 1)


async def test_a_server_that_is_away_gets_a_knock_now_and_then_and_everything_when_it_is_back(shop, caplog) -> None:
    chats = await hire_many(shop, 10)
    async with running(shop):
        before = shop.sends()
        shop.simulator.faults.away(6)
        await shop.enters()
        back = time.monotonic() + 6
        for chat in chats:
            await shop.simulator.wait_for(chat, lambda message: bool(message.inline), 20)
        assert time.monotonic() - back < 5 * 1.3 + 8  # the longest pause between two knocks, and the sending
        assert [len(shop.cards(chat)) for chat in chats] == [1] * len(chats)

    assert shop.sends() - before < len(chats) + 12
    lines = warnings(caplog)
    assert [line.split(":")[0].split(",")[0] for line in lines] == [
        "Telegram does not answer and messages wait",
        "Telegram answers again",
    ]


@ON_SQLITE
async def test_a_database_locked_for_five_seconds_loses_and_repeats_nothing(shop, tmp_path, caplog, until) -> None:
    chats = await hire_many(shop, 5)
    async with running(shop):
        other = sqlite3.connect(tmp_path / "amiko.db", isolation_level=None)
        visit = await shop.enters()
        other.execute("BEGIN IMMEDIATE")
        for chat in chats:
            await shop.card(chat)
        await asyncio.sleep(5)
        other.execute("ROLLBACK")
        other.close()

        await until(lambda: all_sent(shop, visit))

    assert [len(shop.cards(chat)) for chat in chats] == [1] * len(chats)
    assert [line.split(":")[0].split(",")[0] for line in warnings(caplog)] == [
        "the database takes nothing down",
        "the database takes notes again",
    ]


async def test_a_clock_set_back_an_hour_delays_nothing(shop) -> None:
    await shop.hire("Анна", ANNA)
    visit = await shop.enters(camera="Before")
    async with shop.database.session() as session:  # as if written, and postponed, before the clock was set back
        hour = timedelta(hours=1)
        (await session.get_one(Visit, visit.id)).recorded_at += hour
        (await session.get_one(Delivery, 1)).next_attempt_at = datetime.now(UTC) + hour + timedelta(seconds=3)

    async with shop.bot():
        await shop.card(ANNA, "Before")
        await shop.enters(camera="After")
        await shop.card(ANNA, "After")
    assert len(shop.cards(ANNA)) == 2


async def test_a_token_taken_back_while_the_bot_runs_ends_it_at_once_and_loses_nothing(shop, caplog) -> None:
    await shop.hire("Анна", ANNA)
    serving = asyncio.create_task(serve(shop.config, shop.database, asyncio.Event()))
    await shop.ask(ANNA, "/start")

    shop.simulator.faults.revoke_token()
    await shop.simulator.say(ANNA, "/start")  # ends the poll that waits
    with pytest.raises(BotError, match="no longer takes the bot's token") as caught:
        async with asyncio.timeout(30):
            await serving
    assert caught.value.__suppress_context__
    assert shop.simulator.token not in caplog.text

    shop.simulator.faults.lift()
    await shop.enters()
    async with shop.bot():
        await shop.card(ANNA)
