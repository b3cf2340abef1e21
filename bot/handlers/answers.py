"""How a press is answered: who pressed, a notice, and the message changed in place."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, TelegramError

from bot.shop import Shop
from db import staff
from db.models import Staff

_log = logging.getLogger(__name__)
_LONGEST_NOTICE = 200
Buttons = list[list[InlineKeyboardButton]]


class RefusedError(Exception):
    """A press that is not obeyed; the message is the notice for whoever pressed, in their language."""


async def presser(shop: Shop, session: AsyncSession, query: CallbackQuery, role: str | None = None) -> Staff:
    """Who pressed, read in the transaction that acts on it.

    Raises:
        RefusedError: they are not on the staff list, or not in this role.
    """
    person = await staff.by_telegram(session, query.from_user.id)
    t = shop.speech(person.language if person else None)
    if person is None:
        raise RefusedError(t.plain("You are not on the staff list."))
    if role == "manager" and not person.manages:
        raise RefusedError(t.plain("Only managers can do this."))
    if role == "assistant" and person.role != role:
        raise RefusedError(t.plain("Only assistants get cards, so this is not for managers."))
    return person


async def toast(query: CallbackQuery, words: str | None = None, *, alert: bool = False) -> None:
    """Show a notice to whoever pressed, cut to Telegram's 200 characters (which it counts in UTF-16).

    A press that waited while the bot was away can be too old for one; what it asked for is done all the same.
    """
    try:
        cut = words and words.encode("utf-16-le")[: 2 * _LONGEST_NOTICE].decode("utf-16-le", "ignore")
        await query.answer(cut, show_alert=alert)
    except TelegramError as error:
        _log.info("a press was not answered with a notice: %s", error.message)


async def show(query: CallbackQuery, words: str, buttons: Buttons) -> None:
    """Change the pressed message, unless it says that already."""
    try:
        await query.edit_message_text(words, reply_markup=InlineKeyboardMarkup(buttons))
    except BadRequest as error:
        if "not modified" not in error.message.lower():
            raise


def page_buttons(page: int, pages: int, data: Callable[[int], str]) -> Buttons:
    """Back, where we are, and on; none where there is one page. `data` gives the callback data of a page from 0."""
    if pages <= 1:
        return []
    back, on = max(0, page - 1), min(pages - 1, page + 1)
    labels = [("◀", back), (f"{page + 1}/{pages}", page), ("▶", on)]
    return [[InlineKeyboardButton(label, callback_data=data(to)) for label, to in labels]]
