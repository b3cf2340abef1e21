"""The running standby: the ordinary notifier, shift and presses on the local database, and the exchange beside them."""

from __future__ import annotations

import asyncio
import logging

from amiko.config import Config
from bot import retention
from bot.application import Bot
from bot.errors import BotError, TokenError
from bot.listening import listen
from bot.notifier import Notifier
from bot.service import started, together, until
from bot.shift import Shift
from bot.shop import Shop
from bot.standby.application import build
from bot.standby.exchange import Exchange
from db import shops
from db.engine import Database
from db.nudge import Nudges
from db.standby import roster

_log = logging.getLogger(__name__)


def require_link(config: Config) -> Config:
    """The configuration with which the standby's bot works.

    Raises:
        BotError: it is not wanted, has no token, or has the main bot's.
    """
    link, telegram = config.link, config.telegram
    if not link.serve_locally:
        raise BotError("the shop is not to be served while it is cut off; set link.serve_locally in config.yaml")
    if link.token is None or not link.token.get_secret_value():
        raise BotError("the standby has no token; get one for a second bot from @BotFather and set AMIKO_LINK__TOKEN")
    if link.token == telegram.token:
        raise BotError(
            "AMIKO_LINK__TOKEN is the main bot's; the standby needs a bot of its own, as Telegram hands what people "
            "press to one of two"
        )
    own = telegram.model_copy(update={"token": link.token, "webhook": None})
    return config.model_copy(update={"telegram": own})


async def serve(config: Config, chain: Database, local: Database, stop: asyncio.Event) -> None:
    """Run the standby on an upgraded local database until `stop` is set.

    Raises:
        BotError: it has no token of its own, or Telegram does not take it.
        DatabaseError: another standby serves this database already.
    """
    own = require_link(config)
    async with local.session() as session:
        await shops.settle(session, own.store.name, own.store.timezone)
        await roster.prepare(session)
    try:
        await until(stop, _run(build(own, local), own, chain, local))
    except TokenError as error:
        raise TokenError(error.complaint, "AMIKO_LINK__TOKEN") from None


async def _run(application: Bot, config: Config, chain: Database, local: Database) -> None:
    shop = Shop(config, local)
    async with Nudges(local.url) as nudges, started(application):
        _log.info("the bot @%s serves the shop whenever it is cut off", application.bot.username)
        await together(
            listen(application, None),
            Notifier(application.bot, shop, nudges).run(),
            Shift(shop).run(),
            retention.run(application.bot, shop),
            Exchange(config, chain, local, application.bot.username).run(),
        )
