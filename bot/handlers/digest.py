"""/digest: the daily picture, on at a time of the shop's clock, or off."""

from __future__ import annotations

import re
from datetime import datetime

from telegram import Update
from telegram.ext import CommandHandler, ContextTypes

from bot.handlers.managers import manager
from bot.handlers.scope import PRIVATE, Handlers
from bot.shop import Shop
from bot.texts import Speech
from db import digests
from db.models import Staff

_DEFAULT = "21:00"
_ON, _OFF = ("on", "вкл"), ("off", "выкл")


class DailyPicture:
    """Lets managers ask for the picture of each day."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the command."""
        return [CommandHandler("digest", self._command, PRIVATE)]

    async def _command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        if person := await manager(self._shop, update):
            answer = await self._answer([word.lower() for word in context.args or []], person)
            await update.message.reply_html(answer)

    async def _answer(self, words: list[str], person: Staff) -> str:
        t = self._shop.speech(person.language)
        if not words:
            return await self._shown(person, t)
        if words[0] in _OFF and len(words) == 1:
            async with self._shop.database.session() as session:
                await digests.switch_off(session, person.id)
            return t("No daily picture any more.")
        at = _time(words[1] if len(words) > 1 else _DEFAULT)
        if words[0] not in _ON or len(words) > 2 or at is None:
            return t("Write /digest on 21:00 or /digest off.")
        async with self._shop.database.session() as session:
            now = datetime.now(self._shop.at(person.shop).timezone)
            to_come = await digests.switch_on(session, person.id, at, now=now)
        if to_come:
            return t("The picture of the day comes every day at {time}, today for the first time.", time=at)
        return t("The picture of the day comes every day at {time}, from tomorrow on.", time=at)

    async def _shown(self, person: Staff, t: Speech) -> str:
        async with self._shop.database.reading() as session:
            at = await digests.time_of(session, person.id)
        if at is None:
            return t("No daily picture comes. Write /digest on 21:00 to get one every day.")
        return t("The picture of the day comes every day at {time}. /digest off ends that.", time=at)


def _time(text: str) -> str | None:
    """A time of day as "09:05"; None for what is none."""
    parts = re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", text, re.ASCII)
    return f"{int(parts[1]):02}:{parts[2]}" if parts else None
