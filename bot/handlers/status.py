"""Waiting, busy, off: by command and by the keyboard below the chat."""

from __future__ import annotations

from telegram import Update
from telegram.ext import CommandHandler, ContextTypes, MessageHandler, filters

from bot.handlers.hours import hindrances
from bot.handlers.scope import PRIVATE, Handlers
from bot.keyboards import status_keyboard, status_labels, status_of
from bot.shop import Shop
from bot.texts import LANGUAGES, Speech, speech
from db import staff
from db.models import Status

_COMMANDS: dict[str, Status] = {"wait": "waiting", "busy": "busy", "off": "off"}


class StatusKeyboard:
    """Lets an assistant say whether they are free."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For the three commands, and for the labels in every language."""
        labels = [label for language in LANGUAGES for label in status_labels(speech(language))]
        return [
            CommandHandler(list(_COMMANDS), self._set, PRIVATE),
            MessageHandler(PRIVATE & filters.Text(labels), self._set),
        ]

    async def _set(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        status = _wanted(update.message.text or "")
        person = await self._shop.person(update)
        if person is None or status is None:
            return
        t = self._shop.speech(person.language)
        if person.role != "assistant":
            await update.message.reply_html(t("Only assistants get cards, so you need not say whether you are free."))
            return
        async with self._shop.database.session() as session:
            await staff.set_status(session, person.id, status)
        words = [_confirmed(status, t), *(hindrances(person, self._shop, t) if status == "waiting" else [])]
        await update.message.reply_html("\n".join(words), reply_markup=status_keyboard(t))


def _wanted(text: str) -> Status | None:
    """The status that a command (/wait, /wait@the_bot) or a label asks for."""
    if text.startswith("/"):
        return _COMMANDS.get(text[1:].split()[0].partition("@")[0].lower())
    return status_of(text)


def _confirmed(status: Status, t: Speech) -> str:
    if status == "waiting":
        return t("You are waiting: a card comes as soon as a visitor walks in.")
    if status == "busy":
        return t("You are busy: no cards until you press “🟢 Waiting”.")
    return t("You are off: no cards until you press “🟢 Waiting”.")
