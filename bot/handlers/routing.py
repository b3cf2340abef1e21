"""/routing: how often departments were foreseen, what is confused, and what learning has changed; for managers."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatAction
from telegram.ext import CommandHandler, ContextTypes

from bot.charts.child import drawn
from bot.handlers.branches import asked_for
from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.learning.telling import routing
from bot.shop import Shop


class Routing:
    """Tells managers how well visitors are understood in their shop, and chain managers in any."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command."""
        return [CommandHandler("routing", self._command, PRIVATE)]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None
        person = await manager(self._shop, update)
        if person is None:
            return
        asked = await asked_for(self._shop, person, " ".join(context.args or []))
        if isinstance(asked, str):
            await message.reply_html(asked)
            return
        told = await routing(self._shop.at(asked), self._shop.speech(person.language))
        if isinstance(told, str):
            await message.reply_text(told)
            return
        await message.reply_chat_action(ChatAction.UPLOAD_PHOTO)
        await message.reply_photo(await drawn(told.picture), caption=told.caption)
