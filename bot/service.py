"""The running bot: long polling, the notifier and the shift's timers side by side, until told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from telegram import Update
from telegram.error import InvalidToken, TelegramError

from amiko.config import Config
from bot import menus
from bot.application import Bot, build
from bot.errors import BotError
from bot.handlers.filters import drop_unknown_filters
from bot.notifier import Notifier
from bot.retention import schedule
from bot.shift import Shift
from bot.shop import Shop
from db.engine import Database
from db.nudge import Nudges

_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.5, 15.0
_log = logging.getLogger(__name__)


async def serve(config: Config, database: Database, stop: asyncio.Event) -> None:
    """Run the bot on an upgraded database until `stop` is set. A Bot API server that is down is waited for.

    Raises:
        BotError: there is no token, or Telegram does not take it.
        DatabaseError: another bot serves this database already.
    """
    application = build(config, database)
    running = asyncio.create_task(_run(application, Shop(config, database)), name="bot")
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
    timers = _beside(Shift(shop).run(), "shift")
    async with Nudges(shop.database.url) as nudges, timers, _polling(application):
        assert application.job_queue is not None
        schedule(application.job_queue, shop)
        application.create_task(menus.show_to_strangers(application.bot, shop))
        await drop_unknown_filters(shop)
        _log.info("the bot @%s is listening", application.bot.username)
        await Notifier(application.bot, shop, nudges).run()


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Something endless, at work as long as the block."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _polling(application: Bot) -> AsyncIterator[None]:
    """The application, listening for updates."""
    await _initialize(application)
    try:
        await application.start()
        try:
            assert application.updater is not None
            await application.updater.start_polling(
                bootstrap_retries=-1, allowed_updates=[Update.MESSAGE, Update.CALLBACK_QUERY], error_callback=_missed
            )
            try:
                yield
            finally:
                await application.updater.stop()
        finally:
            await application.stop()
    finally:
        await application.shutdown()


async def _initialize(application: Bot) -> None:
    """Ask Telegram who we are, as often as it takes.

    Raises:
        BotError: the token is not taken.
    """
    pause = _FIRST_RETRY_SECONDS
    while True:
        try:
            await application.initialize()
            return
        except InvalidToken:
            # Its own message holds the token, and so would the chain of causes.
            raise BotError(
                "Telegram does not take the bot's token; check AMIKO_TELEGRAM__TOKEN (and telegram.base_url)"
            ) from None
        except TelegramError as error:
            _log.warning("the Bot API does not answer (%s); trying again in %.1f s", error.message, pause)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_RETRY_SECONDS, pause * 2)


def _missed(error: TelegramError) -> None:
    _log.warning("listening for updates: %s", error.message)
