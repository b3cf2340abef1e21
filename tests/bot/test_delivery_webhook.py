"""Webhook mode: Telegram calls the bot, with the secret or in vain; and back to asking."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from pydantic import SecretStr

from amiko.config import WebhookConfig
from bot.errors import BotError
from bot.service import serve

ANNA = 1001
SECRET = "a-secret-of-this-test-0123456789"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def hooked(shop):
    """The shop, whose bot is to be called at a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    webhook = WebhookConfig(url=f"http://127.0.0.1:{port}/telegram", port=port, secret=SecretStr(SECRET))
    telegram = shop.config.telegram.model_copy(update={"webhook": webhook})
    shop.config = shop.config.model_copy(update={"telegram": telegram})
    return shop


def methods(shop) -> list[str]:
    return [request.method for request in shop.simulator.received]


async def test_a_whole_press_goes_through_the_webhook_and_nobody_polls(hooked) -> None:
    await hooked.hire("Анна", ANNA)
    async with hooked.bot():
        await hooked.enters()
        card = await hooked.card(ANNA)
        assert await hooked.press(ANNA, card.message_id, "Беру") == "Посетитель ваш."
    assert "setwebhook" in methods(hooked)
    assert "getupdates" not in methods(hooked)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 403), ({HEADER: "another-secret-of-some-stranger"}, 403), ({HEADER: SECRET}, 200)],
)
async def test_only_a_call_with_the_secret_is_heard(hooked, headers, status) -> None:
    person = {"id": ANNA, "is_bot": False, "first_name": "Анна"}
    said = {"message_id": 9999, "date": 0, "chat": {"id": ANNA, "type": "private"}, "from": person, "text": "/start"}
    said["entities"] = [{"type": "bot_command", "offset": 0, "length": 6}]
    async with hooked.bot():
        await hooked.ask(ANNA, "/start")
        heard = len(hooked.simulator.messages(ANNA))
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                hooked.config.telegram.webhook.url, json={"update_id": 10**6, "message": said}, headers=headers
            )
        await asyncio.sleep(0.5)

    assert answer.status_code == status
    assert len(hooked.simulator.messages(ANNA)) - heard == (1 if status == 200 else 0)


async def test_back_to_polling_the_webhook_is_taken_away(hooked) -> None:
    async with hooked.bot():
        await hooked.ask(ANNA, "/start")
    telegram = hooked.config.telegram.model_copy(update={"webhook": None})
    hooked.config = hooked.config.model_copy(update={"telegram": telegram})

    await hooked.simulator.say(ANNA, "/help")  # waits at Telegram for the bot
    seen = hooked.simulator.messages(ANNA)[-1].message_id
    async with hooked.bot():
        await hooked.simulator.wait_for(ANNA, lambda message: message.from_bot and message.message_id > seen)
    assert "deletewebhook" in methods(hooked)


async def test_a_port_in_use_is_one_sentence(hooked) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", hooked.config.telegram.webhook.port))
        other.listen()
        with pytest.raises(BotError, match=r"cannot be used for the webhook .* set telegram.webhook.port"):
            await serve(hooked.config, hooked.database, asyncio.Event())


async def test_a_token_taken_back_is_noticed_though_nobody_calls(hooked, monkeypatch) -> None:
    monkeypatch.setattr("bot.listening._ASK_WHO_WE_ARE_SECONDS", 0.2)
    serving = asyncio.create_task(serve(hooked.config, hooked.database, asyncio.Event()))
    await hooked.ask(ANNA, "/start")
    hooked.simulator.faults.revoke_token()
    with pytest.raises(BotError, match="no longer takes the bot's token"):
        async with asyncio.timeout(30):
            await serving
