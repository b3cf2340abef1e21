"""The running bot: listening, the notifier and the timers side by side, until told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Never

from telegram.error import InvalidToken, TelegramError

from amiko.config import Config
from bot import digest, folding, menus, retention
from bot.alerts import CameraAlerts
from bot.application import Bot, build
from bot.errors import TokenError
from bot.handlers.filters import drop_unknown_filters
from bot.listening import listen
from bot.menu_watch import MenuWatch
from bot.notifier import Notifier
from bot.retraining import Retraining
from bot.shift import Shift
from bot.shop import Shop
from db import shops
from db.engine import Database
from db.nudge import Nudges

_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.5, 15.0
_log = logging.getLogger(__name__)


async def serve(config: Config, database: Database, stop: asyncio.Event) -> None:
    """Run the bot on an upgraded database until `stop` is set. A Bot API server that is down is waited for.

    Raises:
        BotError: there is no token, or Telegram does not take it.
        DatabaseError: another bot serves this database already.
        ShopError: nobody could ask for the shop that config.yaml names by that name.
    """
    async with database.session() as session:
        await shops.require_askable(session, config.store.name)
        await shops.settle(session, config.store.name, config.store.timezone)
    application = build(config, database)
    await until(stop, _run(application, Shop(config, database)))


async def until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do what never ends by itself until `stop` is set.

    Raises:
        Exception: what it failed with.
    """
    running = asyncio.create_task(work, name="bot")
    stopping = asyncio.create_task(stop.wait(), name="bot: stop")
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (running, stopping):
            task.cancel()
        _, error = await asyncio.gather(stopping, running, return_exceptions=True)
    if isinstance(error, Exception):
        raise error


async def _run(application: Bot, shop: Shop) -> None:
    called = shop.config.telegram.webhook is not None  # as many bots can be as there are
    async with Nudges(shop.database.url, alone=not called) as nudges, started(application):
        assert application.job_queue is not None
        digest.schedule(application.job_queue, shop)
        folding.schedule(application.job_queue, shop)
        retraining = Retraining(shop)
        retraining.schedule(application.job_queue)
        application.create_task(menus.show_to_strangers(application.bot, shop))
        await drop_unknown_filters(shop)
        _log.info("the bot @%s is listening", application.bot.username)
        await together(
            listen(application, shop.config.telegram.webhook),
            Notifier(application.bot, shop, nudges).run(),
            _while_leading(
                nudges,
                lambda: (
                    Shift(shop).run(),
                    CameraAlerts(shop).run(),
                    MenuWatch(application.bot, shop).run(),
                    retention.run(application.bot, shop),
                    retraining.run(),
                ),
            ),
        )


async def _while_leading(nudges: Nudges, what_time_asks_for: Callable[[], Sequence[Coroutine[Any, Any, Any]]]) -> Never:
    """Run what one of all bots that serve the database is to run, whenever that is this one.

    Raises:
        Exception: what the first of them failed with.
    """
    while True:
        await nudges.lead()
        running = asyncio.create_task(together(*what_time_asks_for()))
        following = asyncio.create_task(nudges.follow())
        try:
            await asyncio.wait({running, following}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (running, following):
                task.cancel()
            _, error = await asyncio.gather(following, running, return_exceptions=True)
        if isinstance(error, Exception):
            raise error


async def together(*endless: Coroutine[Any, Any, Any]) -> None:
    """Run what never ends by itself side by side; when one fails, the others are cancelled.

    Raises:
        Exception: what the first of them failed with.
    """
    tasks = [asyncio.create_task(one) for one in endless]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def started(application: Bot) -> AsyncIterator[None]:
    """The application, handling updates as they come."""
    await _initialize(application)
    try:
        await application.start()
        try:
            yield
        finally:
            await application.stop()
    finally:
        await application.shutdown()


async def _initialize(application: Bot) -> None:
    """Ask Telegram who we are, as often as it takes.

    Raises:
        TokenError: the token is not taken.
    """
    pause = _FIRST_RETRY_SECONDS
    while True:
        try:
            await application.initialize()
            return
        except InvalidToken:
            # Its own message holds the token, and so would the chain of causes.
            raise TokenError("Telegram does not take the bot's token (unless telegram.base_url is wrong)") from None
        except TelegramError as error:
            _log.warning("the Bot API does not answer (%s); trying again in %.1f s", error.message, pause)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_RETRY_SECONDS, pause * 2)
