"""Several bots that are called share the outbox of one PostgreSQL database: each card once, whoever is killed."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess

from pydantic import SecretStr
from sqlalchemy import select, update

from amiko.config import Config, WebhookConfig
from bot.service import serve
from db import leases
from db.models import Delivery
from tests.bot.test_killed_bot import _forks, cards, kill, run_bot, wait_only
from tests.databases import ON_POSTGRES

KILLS = 6
TOLD_AT_A_TIME = 3

pytestmark = ON_POSTGRES


def called(config: Config) -> Config:
    """The configuration of one more bot, which Telegram calls at a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    webhook = WebhookConfig(url=f"http://127.0.0.1:{port}/telegram", port=port, secret=SecretStr("0123456789abcdef"))
    return config.model_copy(update={"telegram": config.telegram.model_copy(update={"webhook": webhook})})


def start(shop) -> BaseProcess:
    bot = _forks.Process(target=run_bot, args=(called(shop.config),))
    bot.start()
    return bot


async def enter(shop, people, number: int) -> set[tuple[int, str]]:
    """So many visitors, each told to the next few people in turn; who is to be told of which door."""
    expected = set()
    for _ in range(number):
        told = [people.pop(0) for _ in range(TOLD_AT_A_TIME)]
        people.extend(told)
        await wait_only(shop, told)
        door = f"Door {time.monotonic_ns()}"
        await shop.enters(camera=door)
        expected |= {(person.telegram_id, door) for person in told}
    return expected


async def test_two_bots_tell_everybody_once(shop, until) -> None:
    people = [await shop.hire(f"Продавец {n}", 2000 + n, status="off") for n in range(30)]
    stop = asyncio.Event()
    bots = [asyncio.create_task(serve(called(shop.config), shop.database, stop)) for _ in range(2)]

    expected = await enter(shop, people, 10)
    await until(lambda: set(cards(shop)) >= expected, 30)
    await asyncio.sleep(0.5)

    stop.set()
    await asyncio.gather(*bots)
    assert cards(shop) == dict.fromkeys(expected, 1)
    async with shop.database.reading() as session:
        assert set(await session.scalars(select(Delivery.state))) == {"sent"}
        assert set(await session.scalars(select(Delivery.leased_until))) == {None}


async def test_a_bot_killed_beside_another_loses_no_card(shop, until) -> None:
    people = [await shop.hire(f"Продавец {n}", 2000 + n, status="off") for n in range(30)]
    dice = random.Random(7)
    expected: set[tuple[int, str]] = set()
    steady, victim = start(shop), start(shop)
    for _ in range(KILLS):
        expected |= await enter(shop, people, 2)
        await asyncio.sleep(dice.uniform(0, 0.3))
        await kill(victim)
        victim = start(shop)
    await until(lambda: set(cards(shop)) >= expected, 30)
    await kill(victim)
    await kill(steady)

    assert set(cards(shop)) == expected
    assert max(cards(shop).values()) <= 2
    assert sum(cards(shop).values()) <= len(expected) + KILLS * TOLD_AT_A_TIME


async def test_what_a_killed_bot_had_taken_is_told_when_its_lease_has_ended(shop) -> None:
    anna = await shop.hire("Анна", 1001)
    await shop.enters()
    async with shop.database.session() as session:
        (card,) = await session.scalars(select(Delivery.id))
        assert await leases.take(session, Delivery, [card], edits=False)
    async with shop.database.session() as session:
        assert not await leases.take(session, Delivery, [card], edits=False)

    stop = asyncio.Event()
    bot = asyncio.create_task(serve(called(shop.config), shop.database, stop))
    await asyncio.sleep(1.5)
    assert shop.cards(anna.telegram_id) == []
    async with shop.database.session() as session:  # time goes by
        await session.execute(update(Delivery).values(leased_until=datetime.now(UTC) - timedelta(seconds=10)))
    await shop.card(anna.telegram_id)
    stop.set()
    await bot


async def test_a_message_that_takes_long_stays_with_its_bot(shop, monkeypatch) -> None:
    monkeypatch.setattr("db.leases.LEASE", timedelta(seconds=0.6))
    monkeypatch.setattr("db.leases.RENEW_SECONDS", 0.2)
    anna = await shop.hire("Анна", 1001)
    shop.simulator.faults.slow(2.0, "sendPhoto")
    stop = asyncio.Event()
    bots = [asyncio.create_task(serve(called(shop.config), shop.database, stop)) for _ in range(2)]

    await shop.enters()
    await shop.card(anna.telegram_id)
    await asyncio.sleep(3)

    assert len(shop.cards(anna.telegram_id)) == 1
    stop.set()
    await asyncio.gather(*bots)
