"""/shops and /compare: the whole chain at a glance, and two of its shops in one picture; for chain managers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Message, Update
from telegram.constants import ChatAction
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot.charts.child import drawn
from bot.charts.comparison import compare
from bot.figures import percent
from bot.handlers.answers import Buttons, page_buttons, show, toast
from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.periods import CHOICES, Period, PeriodError, nobody, read, today
from bot.shop import Shop
from bot.texts import Speech
from bot.words import period_names, short
from db import chain, models, shops
from db.chain import Glance
from db.models import Staff

_LIST, _COMPARE = "m:shops:", "m:compare:"
_ON_A_PAGE = 10
_BETWEEN = {",", "и", "and", "с", "with", "vs"}


class Chain:
    """Shows chain managers how the shops are doing."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For both commands and their buttons."""
        return [
            CommandHandler("shops", self._shops, PRIVATE),
            CommandHandler("compare", self._compare, PRIVATE),
            CallbackQueryHandler(self._page, rf"^{_LIST}(\d{{1,4}})$"),
            CallbackQueryHandler(self._turn, rf"^{_COMPARE}(\d{{1,9}}):(\d{{1,9}}):(.+)$"),
        ]

    async def _shops(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await self._chain_manager(update):
            words, buttons = await self._listed(person, 0)
            await update.message.reply_html(words, reply_markup=InlineKeyboardMarkup(buttons))

    async def _page(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        if person := await self._chain_manager(update):
            await toast(query)
            await show(query, *await self._listed(person, int(context.matches[0][1])))

    async def _listed(self, person: Staff, page: int) -> tuple[str, Buttons]:
        """One page of the shops, and a button for the figures of each."""
        t, now = self._shop.speech(person.language), datetime.now(UTC)
        async with self._shop.database.reading() as session:
            known = await shops.list_all(session)
            pages = max(1, -(-len(known) // _ON_A_PAGE))
            page = min(page, pages - 1)
            shown = known[page * _ON_A_PAGE : (page + 1) * _ON_A_PAGE]
            glances = await chain.glances(session, shown, now, self._shop.config.bot.camera_silent)
        words = [
            t("<b>Shops: {number}</b>", number=len(known)),
            *(_block(glance, now, self._shop, t) for glance in glances),
        ]
        buttons = [
            [InlineKeyboardButton(short(shop.name), callback_data=f"m:stats:{shop.id}:today") for shop in row]
            for row in (shown[place : place + 2] for place in range(0, len(shown), 2))
        ]
        return "\n\n".join(words), buttons + page_buttons(page, pages, lambda to: f"{_LIST}{to}")

    async def _compare(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None
        person = await self._chain_manager(update)
        if person is None:
            return
        t, day = self._shop.speech(person.language), today(self._shop.at(person.shop).timezone)
        async with self._shop.database.reading() as session:
            known = {shop.name_key: shop for shop in await shops.list_all(session)}
        asked = _two(context.args or [], known, day, t)
        if asked is None:
            names = ", ".join(shop.name for shop in list(known.values())[:2])
            await message.reply_html(
                t("Write which two shops to compare, and a period if not today: /compare {names} 7d.", names=names)
            )
            return
        first, second, period = asked
        found = await compare(self._shop.at(first), self._shop.at(second), period, t, day)
        buttons = _periods(first, second, period, t)
        if found is None:
            await message.reply_text(nobody(period, t, day), reply_markup=buttons)
            return
        await message.reply_chat_action(ChatAction.UPLOAD_PHOTO)
        await message.reply_photo(await drawn(found[0]), caption=found[1], reply_markup=buttons)

    async def _turn(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Another period in the same message; where it has no visits, a notice instead."""
        query = update.callback_query
        assert query is not None
        assert context.matches
        person = await self._chain_manager(update)
        if person is None:
            return
        t, day = self._shop.speech(person.language), today(self._shop.at(person.shop).timezone)
        one, other, key = context.matches[0].groups()
        try:
            async with self._shop.database.reading() as session:
                first, second = await shops.get(session, int(one)), await shops.get(session, int(other))
            period = read(key, day, t)
        except (shops.ShopError, PeriodError):
            await toast(query, t.plain("This button no longer works."))
            return
        found = await compare(self._shop.at(first), self._shop.at(second), period, t, day)
        if found is None or not isinstance(query.message, Message):
            await toast(query, nobody(period, t, day))
            return
        await toast(query)
        png, buttons = await drawn(found[0]), _periods(first, second, period, t)
        if not query.message.photo:
            await query.message.reply_photo(png, caption=found[1], reply_markup=buttons)
            return
        try:
            await query.message.edit_media(InputMediaPhoto(png, caption=found[1]), reply_markup=buttons)
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                raise

    async def _chain_manager(self, update: Update) -> Staff | None:
        """Who asks, where that is a chain manager; None, after a polite refusal, for anybody else."""
        person = await manager(self._shop, update)
        if person is None or person.sees_all:
            return person
        t = self._shop.speech(person.language)
        if update.callback_query is not None:
            await toast(update.callback_query, t.plain("Only chain managers can do this."))
        elif update.effective_message is not None:
            await update.effective_message.reply_html(
                t("You see your own shop, {shop}. The others are for chain managers.", shop=person.shop.name)
            )
        return None


def _two(
    words: Sequence[str], known: dict[str, models.Shop], day: date, t: Speech
) -> tuple[models.Shop, models.Shop, Period] | None:
    """The two shops and the period that somebody wrote, wherever one name ends and the next begins."""

    def named(some: Sequence[str]) -> models.Shop | None:
        return known.get(shops.key_of(" ".join(some).strip(", ")))

    for end in range(len(words), 1, -1):
        try:
            period = read(" ".join(words[end:]), day, t)
        except PeriodError:
            continue
        for place in range(1, end):
            after = place + (place + 1 < end and words[place].lower() in _BETWEEN)
            first = named(words[:place])
            second = named(words[place:end]) or named(words[after:end])
            if first is not None and second is not None and first is not second:
                return first, second, period
    return None


def _block(glance: Glance, now: datetime, shop: Shop, t: Speech) -> str:
    there = shop.at(glance.shop)
    lines = [t("<b>{shop}</b>, {time} there", shop=glance.shop.name, time=there.clock(now))]
    visitors = t.count("{number} visitor today", "{number} visitors today", glance.visits)
    if glance.visits:
        visitors += t.plain(", {percent} taken", percent=percent(glance.taken / glance.visits, t))
    lines.append(visitors)
    lines.append(t("free assistants: {free} of {all}", free=glance.free, all=glance.at_work))
    if glance.cameras:
        mark = "🟢" if glance.seeing == glance.cameras else "🔴"
        lines.append(
            t("{mark} cameras that see: {seeing} of {all}", mark=mark, seeing=glance.seeing, all=glance.cameras)
        )
    return "\n".join(lines)


def _periods(first: models.Shop, second: models.Shop, shown: Period, t: Speech) -> InlineKeyboardMarkup:
    """The usual periods, the one that is shown with a mark."""
    names = period_names(t)
    row = [
        InlineKeyboardButton(
            f"• {names[key]}" if key == shown.key else names[key],
            callback_data=f"{_COMPARE}{first.id}:{second.id}:{key}",
        )
        for key in CHOICES
    ]
    return InlineKeyboardMarkup([row[:2], row[2:]])
