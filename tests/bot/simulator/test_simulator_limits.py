"""Limits: bursts are let through, more is refused with the seconds to wait, and only what writes is counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.error import RetryAfter

from bot.simulator.server import Limits, Person, Simulator

PEOPLE = [Person(2000 + n, f"Person {n}") for n in range(60)]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Telegram with its bursts, but slower after them, so that a busy machine changes nothing."""
    async with Simulator(PEOPLE, limits=Limits(rate=2, chat_rate=0.5)) as simulator:
        for person in PEOPLE:
            await simulator.say(person.id, "/start")
        yield simulator


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    async with Bot(simulator.token, base_url=simulator.base_url) as bot:
        yield bot


async def test_a_chat_takes_a_short_burst_and_then_its_rate(simulator: Simulator, bot: Bot) -> None:
    for n in range(5):
        await bot.send_message(2000, str(n))
    with pytest.raises(RetryAfter, match="Retry in 2 seconds"):
        await bot.send_message(2000, "too many")
    await bot.send_message(2001, "another chat is free")
    await bot.send_chat_action(2000, "typing")
    await asyncio.sleep(2)
    last = await bot.send_message(2000, "5")
    with pytest.raises(RetryAfter):
        await bot.edit_message_text("edits count too", 2000, last.message_id)
    assert [message.text for message in simulator.messages(2000)[1:]] == [*"012345"]


async def test_all_chats_together_have_a_limit_too(simulator: Simulator, bot: Bot) -> None:
    began = time.monotonic()
    answers = await asyncio.gather(*(bot.send_message(person.id, "hello") for person in PEOPLE), return_exceptions=True)
    seconds = time.monotonic() - began
    refused = [answer for answer in answers if isinstance(answer, RetryAfter)]
    assert 40 <= len(PEOPLE) - len(refused) <= 41 + 2 * seconds
    assert sum(request.status == 429 for request in simulator.received) == len(refused)


def test_by_default_the_limits_are_telegrams_own() -> None:
    assert (Limits().rate, Limits().chat_rate) == (30, 1)
