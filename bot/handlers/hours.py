"""/mute, /hours and /quiet: when an assistant wants to hear of nobody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from telegram import Update
from telegram.ext import CommandHandler, ContextTypes

from bot import working_hours
from bot.handlers.scope import PRIVATE, Handlers
from bot.shop import Shop
from bot.texts import Speech
from db import wishes
from db.availability import is_quiet, is_working
from db.models import Staff

_LONGEST_MUTE_MINUTES = 24 * 60


class Hours:
    """Lets an assistant pause, and set working and quiet hours."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the three commands."""
        return [
            CommandHandler("mute", self._mute, PRIVATE),
            CommandHandler("hours", self._hours, PRIVATE),
            CommandHandler("quiet", self._quiet, PRIVATE),
        ]

    async def _mute(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        person = await self._assistant(update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        words = " ".join(context.args or [])
        if not words:
            answer = self._muted(person, t)
        elif working_hours.is_off(words):
            await self._set_mute(person, None)
            answer = t("Cards come again while you are waiting.")
        elif (minutes := _minutes(words)) is None:
            answer = t("Write for how many minutes, from 1 to 1440: /mute 30. Or /mute off.")
        else:
            until = datetime.now(UTC) + timedelta(minutes=minutes)
            await self._set_mute(person, until)
            when = self._shop.at(person.shop).moment(until)
            answer = t("No cards until {when}. /mute off ends that.", when=when)
        await _reply(update, answer)

    async def _hours(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        person = await self._assistant(update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        words = " ".join(context.args or [])
        hours = working_hours.parse_hours(words, person.hours) if words else person.hours
        if hours is None:
            await _reply(
                update,
                t(
                    "Write your working hours so: /hours mon-fri 09:00-18:00, or /hours sat off, or /hours off for "
                    "none at all."
                ),
            )
            return
        if words:
            async with self._shop.database.session() as session:
                await wishes.set_hours(session, person.id, hours)
        await _reply(
            update,
            t("Your working hours: {hours}. No cards at other times.", hours=working_hours.told(hours, t.language))
            if hours
            else t("You have no working hours: cards come at any time while you are waiting."),
        )

    async def _quiet(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        person = await self._assistant(update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        words = " ".join(context.args or [])
        quiet = person.quiet if not words else [] if working_hours.is_off(words) else working_hours.parse_span(words)
        if quiet is None:
            await _reply(update, t("Write your quiet hours so: /quiet 22:00-08:00. Or /quiet off."))
            return
        if words:
            async with self._shop.database.session() as session:
                await wishes.set_quiet(session, person.id, quiet)
        await _reply(
            update,
            t("Quiet hours: {span}. No cards then.", span=working_hours.span_told(quiet))
            if quiet
            else t("You have no quiet hours."),
        )

    async def _assistant(self, update: Update) -> Staff | None:
        """Who writes, where that is an assistant; a manager gets an answer here."""
        person = await self._shop.person(update)
        if person is not None and person.role != "assistant":
            t = self._shop.speech(person.language)
            await _reply(update, t("Only assistants get cards, so this is not for managers."))
            return None
        return person

    async def _set_mute(self, person: Staff, until: datetime | None) -> None:
        async with self._shop.database.session() as session:
            await wishes.mute(session, person.id, until)

    def _muted(self, person: Staff, t: Speech) -> str:
        if person.muted_until is None or person.muted_until <= datetime.now(UTC):
            return t("You are not muted. Write for how many minutes you want no cards: /mute 30.")
        when = self._shop.at(person.shop).moment(person.muted_until)
        return t("No cards until {when}. /mute off ends that.", when=when)


def hindrances(person: Staff, shop: Shop, t: Speech) -> list[str]:
    """Why a waiting assistant gets no cards at this moment, all the same; one sentence each."""
    shop, now = shop.at(person.shop), datetime.now(UTC)
    there = now.astimezone(shop.timezone)
    found = []
    if person.muted_until is not None and person.muted_until > now:
        found.append(t("No cards until {when}. /mute off ends that.", when=shop.moment(person.muted_until)))
    if not is_working(person.hours, there):
        hours = working_hours.told(person.hours, t.language)
        found.append(t("It is not within your working hours ({hours}): /hours changes them.", hours=hours))
    if is_quiet(person.quiet, there):
        span = working_hours.span_told(person.quiet)
        found.append(t("These are your quiet hours ({span}): /quiet changes them.", span=span))
    return found


def _minutes(words: str) -> int | None:
    match = re.fullmatch(r"([0-9]{1,4})( ?(m|min|мин|м)\.?)?", words.lower())
    minutes = int(match[1]) if match else 0
    return minutes if 1 <= minutes <= _LONGEST_MUTE_MINUTES else None


async def _reply(update: Update, words: str) -> None:
    assert update.message is not None
    await update.message.reply_html(words)
