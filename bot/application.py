"""The python-telegram-bot application: its connections, its limits, its handlers."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from telegram.constants import ParseMode
from telegram.ext import Application, ApplicationBuilder, Defaults
from telegram.warnings import PTBDeprecationWarning

from amiko.config import Config
from bot.delivery.connections import Connections
from bot.delivery.limiter import Limiter
from bot.errors import BotError
from bot.handlers.applicants import Applicants
from bot.handlers.cameras import Cameras
from bot.handlers.chain import Chain
from bot.handlers.churn import ChurnList
from bot.handlers.digest import DailyPicture
from bot.handlers.entry import Entry
from bot.handlers.faults import Faults
from bot.handlers.filters import Filters
from bot.handlers.hours import Hours
from bot.handlers.invites import Invites
from bot.handlers.language import LanguageChoice
from bot.handlers.missed import MissedVisits
from bot.handlers.people import People
from bot.handlers.presses import Presses
from bot.handlers.privacy import Privacy
from bot.handlers.reached import Reached
from bot.handlers.routing import Routing
from bot.handlers.segments import Segments
from bot.handlers.sessions import Sessions
from bot.handlers.statistics import Statistics
from bot.handlers.status import StatusKeyboard
from bot.shop import Shop
from bot.turns import Turns
from db.engine import Database

Bot = Application[Any, Any, Any, Any, Any, Any]


def build(config: Config, database: Database) -> Bot:
    """The bot with all its handlers, not started.

    Raises:
        BotError: no token is set.
    """
    application = connected(config)
    shop = Shop(config, database)
    entry = Entry(shop)
    application.add_handlers(
        [
            *Invites(shop).handlers(),
            *entry.handlers(),
            *Applicants(shop).handlers(),
            *LanguageChoice(shop).handlers(),
            *People(shop).handlers(),
            *Filters(shop).handlers(),
            *Hours(shop).handlers(),
            *Privacy(shop).handlers(),
            *StatusKeyboard(shop).handlers(),
            *Statistics(shop).handlers(),
            *Chain(shop).handlers(),
            *MissedVisits(shop).handlers(),
            *Cameras(shop).handlers(),
            *DailyPicture(shop).handlers(),
            *Routing(shop).handlers(),
            *ChurnList(shop).handlers(),
            *Segments(shop).handlers(),
            *Sessions(shop).handlers(),
            *Presses(shop).handlers(),
            *entry.rest(),
        ]
    )
    application.add_handlers(Reached(shop).handlers(), group=-1)
    application.add_error_handler(Faults(shop, require_token(config)).handle)
    return application


def connected(config: Config) -> Bot:
    """An application without handlers: its connections and its limits.

    Raises:
        BotError: no token is set.
    """
    token = require_token(config)
    _hush()
    return (
        ApplicationBuilder()
        .token(token)
        .base_url(config.telegram.base_url)
        .base_file_url(config.telegram.base_file_url)
        .request(Connections())
        .rate_limiter(Limiter())
        .concurrent_updates(Turns())
        .defaults(Defaults(parse_mode=ParseMode.HTML))
        .build()
    )


def require_token(config: Config) -> str:
    """The bot's token.

    Raises:
        BotError: none is set.
    """
    if config.telegram.token is None or not (token := config.telegram.token.get_secret_value()):
        raise BotError("the bot has no token; get one from @BotFather and set AMIKO_TELEGRAM__TOKEN to it")
    return token


def _hush() -> None:
    """Keep libraries from writing the token, which is part of every address, or what we log ourselves."""
    # Each request with its address, each statement with its values, whole messages; what we log ourselves.
    for name in ("httpx", "httpcore", "aiosqlite", "telegram.Bot", "telegram.ext.ExtBot", "telegram.ext.Application"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Traces of errors that we handle.
    logging.getLogger("telegram.ext.Updater").setLevel(logging.CRITICAL)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    # The library warns of its own use of an attribute.
    warnings.filterwarnings("ignore", ".*retry_after", PTBDeprecationWarning)
