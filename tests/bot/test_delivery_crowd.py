"""A crowd is told in the order in which it began to wait, within Telegram's limits; presses are answered meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import update

from bot.simulator.server import Limits, Person, Simulator
from db.models import Staff

ANNA = 1001
CROWD = 70


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Telegram with its limits."""
    people = [Person(ANNA, "Анна"), *(Person(2000 + n, f"Продавец {n}") for n in range(CROWD))]
    async with Simulator(people, limits=Limits()) as simulator:
        yield simulator


async def hire_crowd(shop) -> list[int]:
    """Chats of people who wait, the longest first; the order is none in which they were hired."""
    chats = [2000 + n for n in range(CROWD)]
    for chat in chats:
        await shop.hire(f"Продавец {chat}", chat)
    random.Random(7).shuffle(chats)
    async with shop.database.session() as session:
        for n, chat in enumerate(chats):
            since = datetime.now(UTC) - timedelta(minutes=CROWD - n)
            await session.execute(update(Staff).where(Staff.chat_id == chat).values(waiting_since=since))
    return chats


async def a_button(shop, chat: int) -> int:
    """A message with a button that can be pressed again and again."""
    markup = {"inline_keyboard": [[{"text": "again", "callback_data": "nonsense"}]]}
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{shop.config.telegram.base_url}{shop.simulator.token}/sendMessage",
            data={"chat_id": chat, "text": "x", "reply_markup": json.dumps(markup)},
        )
    return answer.json()["result"]["message_id"]


async def test_everybody_is_told_in_turn_and_telegram_refuses_nothing(shop, caplog) -> None:
    chats = await hire_crowd(shop)
    await shop.hire("Анна", ANNA, status="off")
    async with shop.bot():
        for chat in [*chats, ANNA]:
            await shop.simulator.wait_for(chat, lambda message: message.from_bot, 30)
        button = await a_button(shop, ANNA)
        await asyncio.sleep(3)  # until the allowances are whole again
        seen = len(shop.simulator.received)

        await shop.enters()
        answered_after = []
        while len(told := [r for r in shop.simulator.received[seen:] if r.method == "sendphoto"]) < CROWD:
            started = time.monotonic()
            await shop.press(ANNA, button, "again")
            answered_after.append(time.monotonic() - started)
            await asyncio.sleep(0.1)

    # Two requests that are on their way together may arrive in either order, no more than that.
    assert all(abs(chats.index(request.chat_id) - place) <= 2 for place, request in enumerate(told))
    assert len(told) == CROWD
    instants = [request.at for request in told]
    assert max(sum(start <= at < start + 1 for at in instants) for start in instants) <= 31  # one may be late
    assert statistics.median(answered_after) < 0.3
    assert "limits" not in caplog.text
