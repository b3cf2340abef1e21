"""/segments: all of them in figures; /segment: one beside the rest, with the table of its customers."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatAction
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot.charts.child import drawn
from bot.handlers.answers import Buttons, page_buttons, show, toast
from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.online.segments import file_name, listed, report
from bot.online.table import table
from bot.shop import Shop
from bot.texts import Speech
from bot.words import short
from customers.segments.segment import Segment

_PAGE, _ONE = "m:segments:", "m:segment:"


class Segments:
    """Shows managers how customers divide, what sets a segment apart, and what to offer in it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For both commands and the list's buttons."""
        return [
            CommandHandler("segments", self._list, PRIVATE),
            CommandHandler("segment", self._command, PRIVATE),
            CallbackQueryHandler(self._turn, rf"^{_PAGE}(\d{{1,6}})$"),
            CallbackQueryHandler(self._choose, rf"^{_ONE}([a-z][a-z0-9_]*)$"),
        ]

    async def _list(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await manager(self._shop, update):
            words, buttons = await self._page(0, self._shop.speech(person.language))
            await update.message.reply_html(words, reply_markup=InlineKeyboardMarkup(buttons))

    async def _turn(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        if person := await manager(self._shop, update):
            await toast(query)
            await show(query, *await self._page(int(context.matches[0][1]), self._shop.speech(person.language)))

    async def _page(self, wanted: int, t: Speech) -> tuple[str, Buttons]:
        words, segments, pages = await listed(self._shop, wanted, t)
        buttons = [
            [InlineKeyboardButton(short(segment.names[t.language]), callback_data=_ONE + segment.key)]
            for segment in segments
        ]
        return words, buttons + page_buttons(min(wanted, pages - 1), pages, lambda to: f"{_PAGE}{to}")

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await manager(self._shop, update)
        if person is None:
            return
        t, name = self._shop.speech(person.language), " ".join(context.args or [])
        segment = self._shop.programme.find(name)
        if segment is None:
            await update.message.reply_html(self._unknown(name, t))
        else:
            await self._send(update.message, segment, t)

    def _unknown(self, name: str, t: Speech) -> str:
        known = ", ".join(segment.key for segment in self._shop.programme.segments)
        if not known:
            return t("No segment is configured; add one under customers: in config.yaml.")
        if not name:
            return t("Name the segment: /segment NAME. There are: {known}.", known=known)
        if near := self._shop.programme.near(name):
            return t("No segment is called {name}. Did you mean /segment {near}?", name=short(name), near=near)
        return t("No segment is called {name}. There are: {known}.", name=short(name), known=known)

    async def _choose(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        person = await manager(self._shop, update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        segment = self._shop.programme.find(context.matches[0][1])
        if segment is None or not isinstance(query.message, Message):
            await toast(query, t.plain("This button no longer works."))
            return
        await toast(query)
        await self._send(query.message, segment, t)

    async def _send(self, message: Message, segment: Segment, t: Speech) -> None:
        """The picture with its figures, then the table of customers."""
        told = await report(self._shop, segment, t)
        if isinstance(told, str):
            await message.reply_text(told)
            return
        await message.reply_chat_action(ChatAction.UPLOAD_PHOTO)
        await message.reply_photo(await drawn(told.picture), caption=told.caption)
        await message.reply_document(await table(self._shop, segment, t), filename=file_name(segment))
