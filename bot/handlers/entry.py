"""Getting in: /start, /login, /help, /language, and an answer to whatever else is written."""

from __future__ import annotations

from telegram import ReplyKeyboardMarkup, ReplyKeyboardRemove, Update
from telegram.ext import CommandHandler, ContextTypes, MessageHandler

from bot.handlers.scope import PRIVATE, Handlers
from bot.keyboards import status_keyboard
from bot.shop import Shop
from bot.texts import LANGUAGES, Speech
from db import staff
from db.models import Staff


class Entry:
    """The first words between a person and the bot."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For commands; `rest` comes after everybody else's."""
        return [
            CommandHandler("start", self._start, PRIVATE),
            CommandHandler("login", self._login, PRIVATE),
            CommandHandler("help", self._help, PRIVATE),
            CommandHandler("language", self._language, PRIVATE),
        ]

    def rest(self) -> Handlers:
        """For whatever no other handler wants."""
        return [MessageHandler(PRIVATE, self._unknown)]

    async def _start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        assert update.effective_user is not None
        async with self._shop.database.reading() as session:
            person = await staff.by_telegram(session, update.effective_user.id)
        if person is not None:
            await self._greet(update, person)
            return
        t = self._shop.speech(None)
        await update.message.reply_html(
            t(
                "Hello! I am the assistant of {store}: I tell the staff who is free when a visitor walks in, and "
                "which department they most likely want.\n\nIf a manager has added you, write /login.",
                store=self._shop.config.store.name,
            )
        )

    async def _login(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        assert update.effective_user is not None
        user = update.effective_user
        async with self._shop.database.session() as session:
            person = await staff.login(
                session, telegram_id=user.id, username=user.username, chat_id=update.message.chat_id
            )
        if person is not None:
            await self._greet(update, person)
            return
        t = self._shop.speech(None)
        await update.message.reply_html(
            t(
                "Sorry, you are not on the staff list. Ask a manager to add you; your Telegram id is "
                "<code>{id}</code>.",
                id=user.id,
            ),
            reply_markup=ReplyKeyboardRemove(),
        )

    async def _greet(self, update: Update, person: Staff) -> None:
        assert update.message is not None
        t = self._shop.speech(person.language)
        await update.message.reply_html(
            t("Hello, {name}! You are signed in.", name=person.name) + "\n\n" + _help(person, t),
            reply_markup=_keyboard(person, t),
        )

    async def _help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await self._shop.person(update):
            t = self._shop.speech(person.language)
            await update.message.reply_html(_help(person, t), reply_markup=_keyboard(person, t))

    async def _language(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await self._shop.person(update)
        if person is None:
            return
        chosen = (context.args or [""])[0].lower()
        if chosen not in LANGUAGES:
            t = self._shop.speech(person.language)
            await update.message.reply_html(t("Write /language ru or /language en."))
            return
        async with self._shop.database.session() as session:
            await staff.set_language(session, person.id, chosen)
        t = self._shop.speech(chosen)
        await update.message.reply_html(t("We speak English now."), reply_markup=_keyboard(person, t))

    async def _unknown(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await self._shop.person(update):
            t = self._shop.speech(person.language)
            await update.message.reply_html(
                t("I did not understand that. /help says what I can do."), reply_markup=_keyboard(person, t)
            )


def _keyboard(person: Staff, t: Speech) -> ReplyKeyboardMarkup | ReplyKeyboardRemove:
    return status_keyboard(t) if person.role == "assistant" else ReplyKeyboardRemove()


def _help(person: Staff, t: Speech) -> str:
    if person.role == "assistant":
        return t(
            "/wait: I am free, tell me about visitors\n"
            "/busy: I am with somebody\n"
            "/off: I am not at work\n"
            "/language: ru or en\n\n"
            "While you are waiting, a card comes for each visitor. Whoever presses “Take” first meets them; "
            "everybody else sees who that is."
        )
    return t("You are a manager. Cards about visitors go to the assistants who are waiting.\n/language: ru or en")
