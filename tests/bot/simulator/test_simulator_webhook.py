"""A webhook gets every update in order, with its secret, also when it was away for a while."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram import Bot, Update, WebhookInfo
from telegram.error import BadRequest, Conflict
from telegram.ext import Application, ContextTypes, MessageHandler

from bot.simulator.server import Simulator

SECRET = "a-secret_of-16-or-more"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def hook(simulator: Simulator, port: int, secret: str = SECRET) -> AsyncIterator[asyncio.Queue[str]]:
    """A bot that listens on `port` and queues the texts that come; it tells Telegram about the port."""
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def listen(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        heard.put_nowait(update.message.text)

    application = Application.builder().token(simulator.token).base_url(simulator.base_url).build()
    application.add_handler(MessageHandler(None, listen))
    async with application:
        await application.start()
        await application.updater.start_webhook(
            "127.0.0.1", port, "hook", webhook_url=f"http://127.0.0.1:{port}/hook", secret_token=secret
        )
        yield heard
        await application.updater.stop()
        await application.stop()


async def texts(heard: asyncio.Queue[str], count: int) -> list[str]:
    async with asyncio.timeout(60):
        return [await heard.get() for _ in range(count)]


async def failed(client: Bot) -> WebhookInfo:
    """What Telegram says of the webhook once a delivery has failed."""
    for _ in range(500):
        info = await client.get_webhook_info()
        if info.last_error_message:
            return info
        await asyncio.sleep(0.02)
    raise TimeoutError("no delivery has failed")


async def test_updates_come_to_the_webhook_in_their_order(simulator: Simulator) -> None:
    await simulator.say(1001, "before")
    async with hook(simulator, free_port()) as heard:
        for n in range(5):
            await simulator.say(1001, str(n))
        assert await texts(heard, 6) == ["before", *"01234"]


async def test_a_webhook_that_was_away_gets_what_it_missed(simulator: Simulator, client: Bot) -> None:
    port = free_port()
    await client.get_updates(offset=3)
    async with hook(simulator, port) as heard:
        await simulator.say(1001, "one")
        assert await texts(heard, 1) == ["one"]
    await simulator.say(1001, "two")
    info = await failed(client)
    assert (info.pending_update_count, info.last_error_message) == (1, "Connection refused")
    async with hook(simulator, port) as heard:
        assert await texts(heard, 1) == ["two"]


async def test_nothing_is_delivered_while_the_server_is_away(simulator: Simulator) -> None:
    async with hook(simulator, free_port()) as heard:
        began = time.monotonic()
        simulator.faults.away(0.5)
        await simulator.say(1001, "hello")
        assert await texts(heard, 1) == ["hello"]
        assert time.monotonic() - began >= 0.5


async def test_a_wrong_secret_is_an_error_and_nothing_is_lost(simulator: Simulator, client: Bot) -> None:
    port = free_port()
    await client.get_updates(offset=3)
    async with hook(simulator, port) as heard:
        await client.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="another-secret-of-theirs")
        await simulator.say(1001, "hello")
        assert (await failed(client)).last_error_message.startswith("Wrong response from the webhook: 403")
        assert heard.empty()
        await client.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token=SECRET)
        assert await texts(heard, 1) == ["hello"]


async def test_polling_and_a_webhook_exclude_each_other(simulator: Simulator, client: Bot) -> None:
    url = f"http://127.0.0.1:{free_port()}/hook"
    poll = asyncio.create_task(client.get_updates(offset=3, timeout=20))
    await asyncio.sleep(0.1)
    await client.set_webhook(url, allowed_updates=["message"])
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await poll
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active; use deleteWebhook"):
        await client.get_updates()
    info = await client.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == (url, 40, ("message",))
    await simulator.say(1001, "hello")
    await client.delete_webhook()
    assert [update.message.text for update in await client.get_updates()] == ["hello"]
    assert (await client.get_webhook_info()).url == ""


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("ftp://127.0.0.1/", "", "https url must be provided"),
        ("https://shop.example/hook", "", "no other machine"),
        ("http://127.0.0.1/", "with space", "unallowed characters"),
        ("http://127.0.0.1/", "x" * 257, "too long"),
    ],
)
async def test_webhooks_that_are_refused(client: Bot, url: str, secret: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){reason}"):
        await client.set_webhook(url, secret_token=secret)
    assert (await client.get_webhook_info()).url == ""
