"""The handlers that serve while a shop is cut off: cards and who waits. Whatever else there is to say has to wait."""

from __future__ import annotations

from telegram import ReplyKeyboardRemove, Update
from telegram.ext import CommandHandler, ContextTypes, MessageHandler

from amiko.config import Config
from bot.application import Bot, connected, require_token
from bot.handlers.faults import Faults
from bot.handlers.presses import Presses
from bot.handlers.reached import Reached
from bot.handlers.scope import PRIVATE, Handlers
from bot.handlers.status import StatusKeyboard
from bot.handlers.welcome import keyboard_for
from bot.shop import Shop
from db import nudge, staff
from db.engine import Database


def build(config: Config, database: Database) -> Bot:
    """The bot on the local database, not started; `config.telegram` is its own.

    Raises:
        BotError: no token is set.
    """
    application = connected(config)
    shop = Shop(config, database)
    start = Start(shop)
    application.add_handlers(
        [*start.handlers(), *StatusKeyboard(shop).handlers(), *Presses(shop).handlers(), *start.rest()]
    )
    application.add_handlers(Reached(shop).handlers(), group=-1)
    application.add_error_handler(Faults(shop, require_token(config)).handle)
    return application


class Start:
    """Signs in whoever has signed in with the main bot: Telegram lets a bot write only to who has written to it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the first press, and for who is used to /login."""
        return [CommandHandler(["start", "login"], self._start, PRIVATE)]

    def rest(self) -> Handlers:
        """For whatever the main bot would understand."""
        return [MessageHandler(PRIVATE, self._rest)]

    async def _start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        assert update.effective_user is not None
        async with self._shop.database.session() as session:
            person = await staff.login(
                session, telegram_id=update.effective_user.id, username=None, chat_id=update.message.chat_id
            )
        nudge.send(self._shop.database.url)
        t = self._shop.speech(person.language if person else None)
        if person is None:
            await update.message.reply_html(
                t(
                    "I serve the staff of {store} when the shop is cut off from the network, and know only who has "
                    "signed in with the main bot. Do that, and press /start here a minute later.",
                    store=self._shop.config.store.name,
                ),
                reply_markup=ReplyKeyboardRemove(),
            )
            return
        hello = t(
            "Hello, {name}! When the shop is cut off from the network, its cards come from here, and you can say here "
            "whether you wait. Everything else is in the main bot.",
            name=person.name,
        )
        await update.message.reply_html(hello, reply_markup=keyboard_for(person, t))

    async def _rest(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await self._shop.person(update):
            t = self._shop.speech(person.language)
            await update.message.reply_html(
                t("From here come only the cards of a shop that is cut off. Everything else is in the main bot."),
                reply_markup=keyboard_for(person, t),
            )
