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
        t, day = self._shop.speech(person.language), today(self._shop.timezone)
        try:
            period = read(" ".join(context.args or []), day, t)
        except PeriodError as error:
            await update.message.reply_text(str(error))
            return
        async with self._shop.database.reading() as session:
            missed, number = await journal.missed(session, *period.bounds(self._shop.timezone), _MOST)
        await update.message.reply_html(self._list(missed, number, period, t, day))

    def _list(self, missed: list[journal.Missed], number: int, period: Period, t: Speech, day: date) -> str:
        title = period.title(t, day)
        if not missed:
            return t("{period}: nobody was missed.", period=title)
        lines = [t("{period}: missed visitors: {number}", period=title, number=number), ""]
        lines += [self._line(visit, period, t) for visit in missed]
        if number > len(missed):
            lines += ["", t("Earlier ones that have no room here: {number}.", number=number - len(missed))]
        return "\n".join(lines)

    def _line(self, visit: journal.Missed, period: Period, t: Speech) -> str:
        local = visit.first_seen.astimezone(self._shop.timezone)
        fields = {
            "time": f"{local:%H:%M}" if period.days == 1 else f"{local:%d.%m %H:%M}",
            "department": _short(department_word(visit.department, self._shop, t)),
            "camera": _short(visit.camera),
        }
        if visit.asked:
            return t("<b>{time}</b> {department} ({camera}): nobody took it", **fields)
        return t("<b>{time}</b> {department} ({camera}): nobody was waiting", **fields)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
