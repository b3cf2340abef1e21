"""/gender: who is probably behind an anonymous session; /count: how often it looked at a category."""

from __future__ import annotations

from telegram import Update
from telegram.ext import CommandHandler, ContextTypes

from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.online.sessions import SessionAnswers
from bot.shop import Shop


class Sessions:
    """Answers managers about one session of the online shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._answers = SessionAnswers(shop)

    def handlers(self) -> Handlers:
        """For both commands."""
        return [
            CommandHandler("gender", self._gender, PRIVATE),
            CommandHandler("count", self._count, PRIVATE),
        ]

    async def _gender(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await manager(self._shop, update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        match context.args or []:
            case [session_id]:
                words = await self._answers.gender(session_id, t)
            case _:
                words = t("Write the number of one session: /gender u10003.")
        await update.message.reply_html(words)

    async def _count(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await manager(self._shop, update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        match context.args or []:
            case [session_id, category]:
                words = await self._answers.views(session_id, category, t)
            case _:
                words = t("Write a session and a category: /count u10003 B00002.")
        await update.message.reply_html(words)
