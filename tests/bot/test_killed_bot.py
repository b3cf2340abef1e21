"""SIGKILL at any moment: no visit without its card once the bot is back, and at most one repeated card per kill."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections import Counter
from multiprocessing.process import BaseProcess

from amiko.config import Config
from bot.service import serve
from db import staff
from db.engine import Database

KILLS = 30
ASSISTANTS = 45
TOLD_AT_A_TIME = 3

# Each bot is a process of its own, forked from one that has imported everything: Python's start would take the time.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.bot.test_killed_bot"])


def run_bot(config: Config) -> None:
    asyncio.run(serve(config, Database(config.database.url), asyncio.Event()))


async def test_a_bot_killed_thirty_times_at_random_loses_no_card(shop, until) -> None:
    people = [await shop.hire(f"Продавец {n}", 2000 + n, status="off") for n in range(ASSISTANTS)]
    expected: set[tuple[int, str]] = set()
    dice = random.Random(7)
    kills_while_sending = 0

    async def visitors(number: int) -> None:
        """Each is told to the next few people in turn, so that no chat gets more than Telegram lets through."""
        for _ in range(number):
            told = [people.pop(0) for _ in range(TOLD_AT_A_TIME)]
            people.extend(told)
            await wait_only(shop, told)
            door = f"Door {len(expected)}"
            await shop.enters(camera=door)
            expected.update((person.telegram_id, door) for person in told)

    for _ in range(KILLS):
        bot = start(shop)
        await visitors(2)
        # At any moment: while it starts, between two cards, in the middle of one, or when all is done.
        await asyncio.sleep(dice.uniform(0, 0.6))
        kills_while_sending += len(expected - set(cards(shop))) > 0
        await kill(bot)

    bot = start(shop)
    await until(lambda: set(cards(shop)) >= expected, 30)
    await kill(bot)

    assert set(cards(shop)) == expected
    assert sum(cards(shop).values()) <= len(expected) + KILLS
    assert kills_while_sending > KILLS / 3  # else this test would prove little


async def wait_only(shop, people) -> None:
    async with shop.database.session() as session:
        for person in await staff.list_all(session):
            await staff.set_status(session, person.id, "off")
        for person in people:
            await staff.set_status(session, person.id, "waiting")


def start(shop) -> BaseProcess:
    bot = _forks.Process(target=run_bot, args=(shop.config,))
    bot.start()
    return bot


async def kill(bot: BaseProcess) -> None:
    bot.kill()
    await asyncio.to_thread(bot.join)


def cards(shop) -> Counter[tuple[int, str]]:
    """How many cards each person has of each visit."""
    return Counter(
        (chat, card.text.split("\n")[4].split(",")[0])
        for chat in range(2000, 2000 + ASSISTANTS)
        for card in shop.cards(chat)
    )
