"""The bot of a shop that is cut off, as its people see it in Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from amiko.config import Config
from amiko.config.link import LinkConfig
from bot.errors import BotError
from bot.simulator.server import Message, Simulator
from bot.standby.service import require_link, serve
from db.models import Staff
from tests.bot.conftest import jpeg
from tests.cut_shop import CutShop

ANNA, BORIS, VERA, STRANGER = 1001, 1002, 1003, 2000


@pytest.fixture
async def standby(cut_shop: CutShop, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CutShop]:
    """The running standby; nobody has pressed Start yet."""
    monkeypatch.setattr("bot.standby.exchange.EVERY_SECONDS", 0.2)
    async with cut_shop.local.session() as session:
        await session.execute(update(Staff).values(chat_id=None))
    telegram = {"base_url": simulator.base_url, "base_file_url": simulator.base_file_url}
    config = cut_shop.config.model_copy(
        update={
            "telegram": cut_shop.config.telegram.model_copy(update=telegram),
            "link": LinkConfig(serve_locally=True, token=SecretStr(simulator.token)),
        }
    )
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(config, cut_shop.near, cut_shop.local, stop))
    yield cut_shop
    stop.set()
    await serving


async def says(simulator: Simulator, person: int, words: str, answer: str) -> None:
    mine = await simulator.say(person, words)
    await simulator.wait_for(person, lambda m: m.from_bot and m.message_id > mine.message_id and answer in m.text)


def card(of: str) -> Callable[[Message], bool]:
    return lambda message: message.from_bot and bool(message.inline) and of in message.text


async def test_only_who_works_here_is_let_in_and_only_cards_are_served(standby: CutShop, simulator: Simulator) -> None:
    await says(simulator, STRANGER, "/start", "знаю только тех, кто вошёл в основном боте")
    await says(simulator, ANNA, "/stats", "Вы ещё не вошли")
    await says(simulator, ANNA, "/start", "Здравствуйте, Anna! Когда магазин остаётся без связи")
    await says(simulator, ANNA, "/stats", "Всё остальное — в основном боте")
    await says(simulator, ANNA, "/off", "Вы не на смене")
    await says(simulator, VERA, "/login", "Здравствуйте, Vera!")


async def test_a_visitor_is_met_here_and_the_next_one_handed_over(
    standby: CutShop, simulator: Simulator, until: Callable[..., Any]
) -> None:
    await says(simulator, ANNA, "/start", "Здравствуйте, Anna!")
    standby.cut()
    async with standby.worker() as writer:
        met = standby.enters(writer, camera="Door 1", snapshot=jpeg())
        sent = await simulator.wait_for(ANNA, card("Door 1"))
        assert sent.photo
        assert simulator.messages(BORIS) == [], "he has never pressed Start"
        await simulator.press(ANNA, sent.message_id, "Беру")
        await simulator.wait_for(ANNA, lambda m: "Посетитель ваш" in m.text)
        await says(simulator, ANNA, "/wait", "Вы ждёте")
        left = standby.enters(writer, camera="Door 2")
        other = await simulator.wait_for(ANNA, card("Door 2"))

        standby.mend()
        await simulator.wait_for(ANNA, lambda m: "Связь вернулась, новые карточки приходят из основного" in m.text)
        handed = await simulator.wait_for(ANNA, lambda m: "об этом посетителе спрашивает основной бот" in m.text)
        assert handed.message_id == other.message_id
        assert not handed.inline
        served = await simulator.wait_for(ANNA, card("Посетитель ваш"))
        await simulator.press(ANNA, served.message_id, "✅ Товары для детей")
        await until(lambda: is_served(standby, met))
    assert await standby.outcomes(standby.far, met) == {"Anna": ("served", "kids")}
    assert await standby.cards(standby.far, met) == {}
    assert await standby.cards(standby.far, left) == {"Anna": "pending", "Boris": "pending"}


async def is_served(shop: CutShop, visit: Any) -> bool:
    return (await shop.row(shop.far, visit)).state == "served"


@pytest.mark.parametrize(
    ("link", "says"),
    [
        (LinkConfig(), "set link.serve_locally"),
        (LinkConfig(serve_locally=True), "set AMIKO_LINK__TOKEN"),
        (LinkConfig(serve_locally=True, token=SecretStr("1:a")), "AMIKO_LINK__TOKEN is the main bot's"),
    ],
)
def test_a_standby_needs_a_bot_of_its_own(link: LinkConfig, says: str) -> None:
    main = Config().telegram.model_copy(update={"token": SecretStr("1:a")})
    with pytest.raises(BotError, match=says):
        require_link(Config().model_copy(update={"telegram": main, "link": link}))


async def test_a_token_that_telegram_does_not_take_is_named(cut_shop: CutShop, simulator: Simulator) -> None:
    telegram = cut_shop.config.telegram.model_copy(update={"base_url": simulator.base_url})
    link = LinkConfig(serve_locally=True, token=SecretStr("1:wrong"))
    config = cut_shop.config.model_copy(update={"telegram": telegram, "link": link})
    with pytest.raises(BotError, match=r"does not take the bot's token .*; set AMIKO_LINK__TOKEN"):
        await serve(config, cut_shop.near, cut_shop.local, asyncio.Event())
