"""/language: by word or by button."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot.handlers.answers import RefusedError, presser, toast
from bot.handlers.scope import PRIVATE, Handlers
from bot.handlers.welcome import Context, refresh_menu, say
from bot.shop import Shop
from bot.texts import LANGUAGES
from db import staff
from db.models import Staff

_NAMES = {"ru": "Русский", "en": "English"}


class LanguageChoice:
    """Lets a person choose the language that the bot speaks with them."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command and its buttons."""
        return [
            CommandHandler("language", self._command, PRIVATE),
            CallbackQueryHandler(self._press, rf"^p:lang:({'|'.join(LANGUAGES)})$"),
        ]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await self._shop.person(update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        chosen = " ".join(context.args or []).lower()
        if chosen in LANGUAGES:
            await self._speak(context, person, chosen)
        elif chosen:
            await update.message.reply_html(t("Write /language ru or /language en."))
        else:
            buttons = [InlineKeyboardButton(_NAMES[key], callback_data=f"p:lang:{key}") for key in LANGUAGES]
            await update.message.reply_html(
                t("Which language shall I speak with you?"), reply_markup=InlineKeyboardMarkup.from_row(buttons)
            )

    async def _press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        try:
            async with self._shop.database.reading() as session:
                person = await presser(self._shop, session, query)
        except RefusedError as refusal:
            await toast(query, str(refusal))
            return
        await toast(query)
        await self._speak(context, person, context.matches[0][1])

    async def _speak(self, context: Context, person: Staff, language: str) -> None:
        async with self._shop.database.session() as session:
            await staff.set_language(session, person.id, language)
        person.language = language
        t = self._shop.speech(language)
        # The keyboard's labels change with it, and only a new message can bring a keyboard.
        await say(self._shop, context, person, t("We speak English now."))
        refresh_menu(self._shop, context, person)
