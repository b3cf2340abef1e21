"""getUpdates waits, confirms by offset, filters, and serves one poller at a time."""

from __future__ import annotations

import asyncio
import time

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import Conflict

from bot.simulator.server import Simulator


async def test_updates_come_again_until_an_offset_confirms_them(client: Bot) -> None:
    first = await client.get_updates()
    assert [update.update_id for update in await client.get_updates()] == [update.update_id for update in first]
    assert [update.update_id for update in await client.get_updates(limit=1)] == [first[0].update_id]
    assert [update.update_id for update in await client.get_updates(offset=first[1].update_id)] == [first[1].update_id]
    assert await client.get_updates(offset=first[1].update_id + 1) == ()


async def test_a_negative_offset_keeps_only_the_last_ones(client: Bot) -> None:
    (last,) = await client.get_updates(offset=-1)
    assert last.effective_user.id == 1002
    assert len(await client.get_updates()) == 1


async def test_a_long_poll_ends_with_the_first_update(simulator: Simulator, client: Bot) -> None:
    await client.get_updates(offset=-1)
    poll = asyncio.create_task(client.get_updates(offset=3, timeout=20))
    await asyncio.sleep(0.1)
    assert not poll.done()
    said = time.monotonic()
    await simulator.say(1001, "hello")
    (update,) = await poll
    assert update.message.text == "hello"
    assert time.monotonic() - said < 15


async def test_a_long_poll_without_updates_ends_empty_after_its_timeout(client: Bot) -> None:
    began = time.monotonic()
    assert await client.get_updates(offset=3, timeout=1) == ()
    assert 0.9 < time.monotonic() - began < 15


async def test_a_second_poll_ends_the_first_with_a_conflict(simulator: Simulator, client: Bot) -> None:
    first = asyncio.create_task(client.get_updates(offset=3, timeout=20))
    await asyncio.sleep(0.1)
    async with Bot(simulator.token, base_url=simulator.base_url) as other:
        second = asyncio.create_task(other.get_updates(offset=3, timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        await simulator.say(1001, "hello")
        assert len(await second) == 1


async def test_the_choice_of_kinds_is_kept_until_the_next_one(simulator: Simulator, client: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Take", callback_data="take")]])
    sent = await client.send_message(1001, "a", reply_markup=keyboard)
    await client.get_updates(offset=3, allowed_updates=["callback_query"])
    await simulator.say(1001, "not wanted")
    await simulator.press(1001, sent.message_id, "Take")
    (update,) = await client.get_updates()
    assert update.callback_query is not None
    await client.get_updates(offset=update.update_id + 1, allowed_updates=[])
    await simulator.say(1001, "wanted")
    assert [update.message.text for update in await client.get_updates()] == ["wanted"]


async def test_pending_updates_can_be_dropped(client: Bot) -> None:
    assert (await client.get_webhook_info()).pending_update_count == 2
    await client.delete_webhook(drop_pending_updates=True)
    assert await client.get_updates() == ()
