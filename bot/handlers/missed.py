"""/missed: the visitors whom nobody met, and why."""

from __future__ import annotations

from datetime import date

from telegram import Update
from telegram.ext import CommandHandler, ContextTypes

from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.periods import Period, PeriodError, read, today
from bot.shop import Shop
from bot.texts import Speech
from bot.words import department_word
from db import journal
from db.figures import Span

_MOST = 20
_LONGEST_NAME = 40


class MissedVisits:
    """Lists for managers the visits that nobody took."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command."""
        return [CommandHandler("missed", self._command, PRIVATE)]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        person = await manager(self._shop, update)
        if person is None:
            return
        shop, t = self._shop.at(person.shop), self._shop.speech(person.language)
        day = today(shop.timezone)
        try:
            period = read(" ".join(context.args or []), day, t)
        except PeriodError as error:
            await update.message.reply_text(str(error))
            return
        async with self._shop.database.reading() as session:
            span = Span(period.bounds(shop.timezone), (person.shop_id,))
            missed, number = await journal.missed(session, span, _MOST)
        await update.message.reply_html(_list(missed, number, period, shop, t, day))


def _list(missed: list[journal.Missed], number: int, period: Period, shop: Shop, t: Speech, day: date) -> str:
    title = period.title(t, day)
    if not missed:
        return t("{period}: nobody was missed.", period=title)
    lines = [t("{period}: missed visitors: {number}", period=title, number=number), ""]
    lines += [_line(visit, period, shop, t) for visit in missed]
    if number > len(missed):
        lines += ["", t("Earlier ones that have no room here: {number}.", number=number - len(missed))]
    return "\n".join(lines)


def _line(visit: journal.Missed, period: Period, shop: Shop, t: Speech) -> str:
    local = visit.first_seen.astimezone(shop.timezone)
    fields = {
        "time": f"{local:%H:%M}" if period.days == 1 else f"{local:%d.%m %H:%M}",
        "department": _short(department_word(visit.department, shop, t)),
        "camera": _short(visit.camera),
    }
    if visit.asked:
        return t("<b>{time}</b> {department} ({camera}): nobody took it", **fields)
    return t("<b>{time}</b> {department} ({camera}): nobody was waiting", **fields)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
