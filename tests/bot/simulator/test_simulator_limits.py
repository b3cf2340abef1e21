"""Limits: bursts are let through, more is refused with the seconds to wait, and only what writes is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.error import RetryAfter

from bot.simulator.server import Limits, Person, Simulator

PEOPLE = [Person(2000 + n, f"Person {n}") for n in range(60)]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(PEOPLE, limits=Limits()) as simulator:
        for person in PEOPLE:
            await simulator.say(person.id, "/start")
        yield simulator


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    async with Bot(simulator.token, base_url=simulator.base_url) as bot:
        yield bot


async def test_a_chat_takes_a_short_burst_and_then_one_a_second(simulator: Simulator, bot: Bot) -> None:
    for n in range(5):
        await bot.send_message(2000, str(n))
    with pytest.raises(RetryAfter, match="Retry in 1 seconds"):
        await bot.send_message(2000, "too many")
    await bot.send_message(2001, "another chat is free")
    await bot.send_chat_action(2000, "typing")
    await asyncio.sleep(1)
    last = await bot.send_message(2000, "5")
    with pytest.raises(RetryAfter):
        await bot.edit_message_text("edits count too", 2000, last.message_id)
    assert [message.text for message in simulator.messages(2000)[1:]] == [*"012345"]


async def test_all_chats_together_take_about_thirty_a_second(simulator: Simulator, bot: Bot) -> None:
    answers = await asyncio.gather(*(bot.send_message(person.id, "hello") for person in PEOPLE), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, RetryAfter)]
    assert 10 <= len(refused) <= 20, "60 at once, 40 are let through at once and a few more while they are sent"
    assert sum(request.status == 429 for request in simulator.received) == len(refused)
