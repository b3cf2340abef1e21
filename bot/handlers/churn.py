"""/churn: who is likely to buy less, what that may cost, and why; with a number, everything of one customer."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Update
from telegram.constants import ChatAction
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot.charts.child import drawn
from bot.handlers.answers import Buttons, page_buttons, show, toast
from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.online.churn import churn, page
from bot.online.customer import card
from bot.shop import Shop

_PAGE = "m:churn:"


class ChurnList:
    """Tells managers who is about to buy less."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command and for the pages of its list."""
        return [
            CommandHandler("churn", self._command, PRIVATE),
            CallbackQueryHandler(self._turn, rf"^{_PAGE}(\d{{1,6}})$"),
        ]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None
        person = await manager(self._shop, update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        if context.args:
            await message.reply_html(await card(self._shop, " ".join(context.args), t))
            return
        told = await churn(self._shop, t)
        if isinstance(told, str):
            await message.reply_text(told)
            return
        await message.reply_chat_action(ChatAction.UPLOAD_PHOTO)
        await message.reply_photo(await drawn(told.picture), caption=told.caption)
        words, pages = await page(self._shop, 0, t)
        await message.reply_html(words, reply_markup=InlineKeyboardMarkup(_buttons(0, pages)))

    async def _turn(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        person = await manager(self._shop, update)
        if person is None:
            return
        await toast(query)
        wanted = int(context.matches[0][1])
        words, pages = await page(self._shop, wanted, self._shop.speech(person.language))
        await show(query, words, _buttons(min(wanted, pages - 1), pages))


def _buttons(number: int, pages: int) -> Buttons:
    return page_buttons(number, pages, lambda to: f"{_PAGE}{to}")
