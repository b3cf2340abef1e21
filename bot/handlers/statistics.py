"""/stats: a period of a shop, or of all, in one picture and in words, its buttons, and the same visits as a table."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Message, Update
from telegram.constants import ChatAction
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot.charts.report import report, table
from bot.handlers.answers import toast
from bot.handlers.branches import NotYoursError, mark, pressed, read_request
from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.periods import CHOICES, Period, PeriodError, nobody, read, today
from bot.shop import Shop
from bot.texts import Speech
from bot.words import period_names

_PICTURE, _TABLE = "m:stats:", "m:table:"
_TABLE_WORDS = ("csv", "таблица")


class Statistics:
    """Shows managers how their shop is doing, and chain managers how any does."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command and for its buttons."""
        return [
            CommandHandler("stats", self._command, PRIVATE),
            CallbackQueryHandler(self._turn, pattern=f"^{_PICTURE}"),
            CallbackQueryHandler(self._tabulate, pattern=f"^{_TABLE}"),
        ]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await manager(self._shop, update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        words = [word for word in context.args or [] if word.lower() not in _TABLE_WORDS]
        try:
            shop, period, day = await read_request(self._shop, person, words)
        except PeriodError as error:
            await update.message.reply_text(str(error))
            return
        except NotYoursError as refusal:
            await update.message.reply_html(str(refusal))
            return
        if len(words) < len(context.args or []):
            await self._send_table(update.message, shop, period, t, day)
        else:
            await self._send_picture(update.message, shop, period, t, day, mark(shop, person))

    async def _send_picture(self, message: Message, shop: Shop, period: Period, t: Speech, day: date, of: str) -> None:
        buttons = _buttons(period, t, of)
        found = await report(shop, period, t, day)
        if isinstance(found, str):
            await message.reply_text(found, reply_markup=buttons)
            return
        await message.reply_chat_action(ChatAction.UPLOAD_PHOTO)
        await message.reply_photo(await found.png(), caption=found.caption, reply_markup=buttons)

    async def _send_table(self, message: Message, shop: Shop, period: Period, t: Speech, day: date) -> None:
        lines = await table(shop, period, t)
        if lines is None:
            await message.reply_text(nobody(period, t, day))
            return
        await message.reply_document(lines, filename=_file_name(period))

    async def _turn(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Another period in the same message; where it has no visits, a notice instead."""
        query = update.callback_query
        assert query is not None
        if (asked := await self._asked(update, query, _PICTURE)) is None:
            return
        message, shop, period, t, day, of = asked
        found = await report(shop, period, t, day)
        if isinstance(found, str):
            await toast(query, found)
            return
        await toast(query)
        png = await found.png()
        if not message.photo:  # the sentence that nobody came has no picture to be changed
            await message.reply_photo(png, caption=found.caption, reply_markup=_buttons(period, t, of))
            return
        picture = InputMediaPhoto(png, caption=found.caption)
        try:
            await message.edit_media(picture, reply_markup=_buttons(period, t, of))
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                raise

    async def _tabulate(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        if asked := await self._asked(update, query, _TABLE):
            await toast(query)
            message, shop, period, t, day, _ = asked
            await self._send_table(message, shop, period, t, day)

    async def _asked(
        self, update: Update, query: CallbackQuery, press: str
    ) -> tuple[Message, Shop, Period, Speech, date, str] | None:
        """What a manager's press asks for; None, with an answer, where it asks for nothing that there is."""
        person = await manager(self._shop, update)
        if person is None:
            return None
        t = self._shop.speech(person.language)
        of, _, key = str(query.data).removeprefix(press).rpartition(":")
        shop, period = await pressed(self._shop, person, of), None
        if shop is not None:
            day = today(shop.timezone)
            with suppress(PeriodError):
                period = read(key, day, t)
        # A message that is too old is none: Telegram does not say what it was.
        if shop is None or period is None or not isinstance(query.message, Message):
            await toast(query, t.plain("This button no longer works."))
            return None
        return query.message, shop, period, t, day, of


def _buttons(shown: Period, t: Speech, of: str) -> InlineKeyboardMarkup:
    """The usual periods, the one that is shown with a mark, and its table; `of` stands for the shops."""
    picture, table_ = (f"{press}{of}:" if of else press for press in (_PICTURE, _TABLE))
    names = period_names(t)
    periods = [
        InlineKeyboardButton(f"• {names[key]}" if key == shown.key else names[key], callback_data=picture + key)
        for key in CHOICES
    ]
    table = InlineKeyboardButton(t.plain("Table (CSV)"), callback_data=table_ + shown.key)
    return InlineKeyboardMarkup([periods[:2], periods[2:], [table]])


def _file_name(period: Period) -> str:
    days = sorted({period.first.isoformat(), period.last.isoformat()})
    return f"visits_{'_'.join(days)}.csv"
