"""The python-telegram-bot application: its connections, its limits, its handlers, its hourly job."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from telegram.constants import ParseMode
from telegram.ext import AIORateLimiter, Application, ApplicationBuilder, ContextTypes, Defaults
from telegram.request import HTTPXRequest

from amiko.config import Config
from bot.errors import BotError
from bot.handlers.entry import Entry
from bot.handlers.faults import Faults
from bot.handlers.presses import Presses
from bot.handlers.status import StatusKeyboard
from bot.shop import Shop
from bot.turns import Turns
from db.engine import Database
from db.retention import purge_snapshots

_CONNECTIONS = 64
_KEEP_ALIVE_SECONDS = 60  # httpx's own 5 s would cost a card after a quiet minute a new TLS handshake
_PURGE_SECONDS = 3600

Bot = Application[Any, Any, Any, Any, Any, Any]
_log = logging.getLogger(__name__)


def build(config: Config, database: Database) -> Bot:
    """The bot with all its handlers, not started.

    Raises:
        BotError: no token is set.
    """
    if config.telegram.token is None or not (token := config.telegram.token.get_secret_value()):
        raise BotError("the bot has no token; get one from @BotFather and set AMIKO_TELEGRAM__TOKEN to it")
    _hush()
    shop = Shop(config, database)
    application = (
        ApplicationBuilder()
        .token(token)
        .base_url(config.telegram.base_url)
        .base_file_url(config.telegram.base_file_url)
        .request(_connections())
        .rate_limiter(AIORateLimiter())
        .concurrent_updates(Turns())
        .defaults(Defaults(parse_mode=ParseMode.HTML))
        .build()
    )
    entry = Entry(shop)
    application.add_handlers(
        [*entry.handlers(), *StatusKeyboard(shop).handlers(), *Presses(shop).handlers(), *entry.rest()]
    )
    application.add_error_handler(Faults(shop, token).handle)
    _purge_hourly(application, shop)
    return application


def _connections() -> HTTPXRequest:
    return HTTPXRequest(
        connect_timeout=5,
        read_timeout=10,
        write_timeout=10,
        pool_timeout=5,
        media_write_timeout=20,
        httpx_kwargs={
            "limits": httpx.Limits(
                max_connections=_CONNECTIONS,
                max_keepalive_connections=_CONNECTIONS,
                keepalive_expiry=_KEEP_ALIVE_SECONDS,
            )
        },
    )


def _purge_hourly(application: Bot, shop: Shop) -> None:
    async def purge(context: ContextTypes.DEFAULT_TYPE) -> None:
        before = datetime.now(UTC) - timedelta(hours=shop.config.privacy.snapshot_hours)
        async with shop.database.session() as session:
            gone = await purge_snapshots(session, before)
        if gone:
            _log.info("deleted %d old snapshots", gone)

    assert application.job_queue is not None
    application.job_queue.run_repeating(purge, _PURGE_SECONDS, first=0, name="purge snapshots")


def _hush() -> None:
    """Keep libraries from writing the token, which is part of every address, or what we log ourselves."""
    for name in ("httpx", "httpcore"):  # each request with its address
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("telegram.ext.Updater", "telegram.ext.AIORateLimiter"):  # traces of errors that we handle
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
