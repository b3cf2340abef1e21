"""Starting and stopping: a missing or wrong token, a server that is down, a second bot, an error in a handler."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
from pydantic import SecretStr

from bot.errors import BotError
from bot.service import serve
from bot.simulator.server import Simulator
from db import staff
from db.errors import DatabaseError

ANNA = 1001


def with_telegram(config, **changes):
    return config.model_copy(update={"telegram": config.telegram.model_copy(update=changes)})


@pytest.mark.parametrize("token", [None, SecretStr("")])
async def test_without_a_token_it_says_how_to_get_one(shop, token) -> None:
    with pytest.raises(BotError, match=r"no token; get one from @BotFather and set AMIKO_TELEGRAM__TOKEN"):
        await serve(with_telegram(shop.config, token=token), shop.database, asyncio.Event())


async def test_a_wrong_token_is_one_sentence_without_the_token(shop) -> None:
    wrong = with_telegram(shop.config, token=SecretStr("99:not-the-token"))

    with pytest.raises(BotError, match="Telegram does not take the bot's token") as caught:
        await serve(wrong, shop.database, asyncio.Event())

    assert "not-the-token" not in str(caught.value)
    assert caught.value.__suppress_context__


async def test_a_server_that_is_down_is_waited_for(shop) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = with_telegram(shop.config, base_url=f"http://127.0.0.1:{port}/bot")
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(config, shop.database, stop))
    await asyncio.sleep(0.7)
    assert not serving.done()

    async with Simulator(port=port) as late:
        mine = await late.say(ANNA, "/start")
        answer = await late.wait_for(ANNA, lambda m: m.message_id > mine.message_id)
        stop.set()
        await serving
    assert "помощник магазина" in answer.text


async def test_it_stops_at_once_even_while_it_waits_for_the_server(shop, monkeypatch) -> None:
    monkeypatch.setattr("bot.service._FIRST_RETRY_SECONDS", 60)
    monkeypatch.setattr("bot.service._LONGEST_RETRY_SECONDS", 60)
    config = with_telegram(shop.config, base_url="http://127.0.0.1:9/bot")
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(config, shop.database, stop))
    await asyncio.sleep(0.2)

    started = time.monotonic()
    stop.set()
    await serving

    assert time.monotonic() - started < 15


async def test_a_second_bot_on_the_same_database_is_refused(open_shop) -> None:
    with pytest.raises(DatabaseError, match="another bot serves this database already"):
        await serve(open_shop.config, open_shop.database, asyncio.Event())


async def test_an_error_in_a_handler_gets_a_number_for_the_person_and_for_the_log(
    open_shop, monkeypatch, caplog
) -> None:
    await open_shop.hire("Анна", ANNA)

    async def breaks(*_args: object) -> None:
        raise RuntimeError(f"at http://api/bot{open_shop.simulator.token}/x")

    monkeypatch.setattr(staff, "set_status", breaks)
    answer = await open_shop.ask(ANNA, "/wait")

    assert answer.text.startswith("У нас что-то пошло не так.")
    number = answer.text.rstrip(".").split()[-1]
    assert f"error {number}" in caplog.text
    assert "RuntimeError: at http://api/bot<token>/x" in caplog.text
    assert open_shop.simulator.token not in caplog.text
    assert "Здравствуйте" in (await open_shop.ask(ANNA, "/start")).text
