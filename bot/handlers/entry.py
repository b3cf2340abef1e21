"""The first words: /start, /help, and an answer to whatever nobody else understands."""

from __future__ import annotations

from telegram import ReplyKeyboardRemove, Update
from telegram.ext import CommandHandler, ContextTypes, MessageHandler

from bot.handlers.applicants import refusal
from bot.handlers.scope import PRIVATE, Handlers
from bot.handlers.welcome import abilities, greet, keyboard_for, refresh_menu
from bot.shop import Shop
from db import applicants, staff


class Entry:
    """The first words between a person and the bot."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For commands; `rest` comes after everybody else's."""
        return [
            CommandHandler("start", self._start, PRIVATE),
            CommandHandler("help", self._help, PRIVATE),
        ]

    def rest(self) -> Handlers:
        """For whatever no other handler wants."""
        return [MessageHandler(PRIVATE, self._unknown)]

    async def _start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        assert update.effective_user is not None
        async with self._shop.database.reading() as session:
            person = await staff.by_telegram(session, update.effective_user.id)
            applicant = await applicants.get(session, update.effective_user.id)
        if person is not None:
            await greet(self._shop, context, person)
        elif applicant is not None and applicant.state == "refused":
            await update.message.reply_html(refusal(self._shop), reply_markup=ReplyKeyboardRemove())
        else:
            t = self._shop.speech(None)
            await update.message.reply_html(
                t(
                    "Hello! I am the assistant of {store}: I tell the staff who is free when a visitor walks in, and "
                    "which department they most likely want.\n\nIf you work here, write /login: you get in, or I ask "
                    "the managers to let you in.",
                    store=self._shop.config.store.name,
                )
            )

    async def _help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await self._shop.person(update):
            t = self._shop.speech(person.language)
            await update.message.reply_html(abilities(person, t), reply_markup=keyboard_for(person, t))
            refresh_menu(self._shop, context, person)  # which may have failed when they signed in

    async def _unknown(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await self._shop.person(update):
            t = self._shop.speech(person.language)
            await update.message.reply_html(
                t("I did not understand that. /help says what I can do."), reply_markup=keyboard_for(person, t)
            )
