"""When a handler fails: an id for the person, the trace with the same id in the log, never a secret or a name."""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress

from telegram import Update
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError
from telegram.ext import ContextTypes

from bot.redaction import clean, secrets_of, trace_of
from bot.shop import Shop
from db import staff
from db.errors import DatabaseError

_log = logging.getLogger(__name__)


class Faults:
    """The one error handler."""

    def __init__(self, shop: Shop, token: str) -> None:
        self._shop = shop
        self._token = token

    async def handle(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log the error and tell who caused it."""
        error = context.error
        assert error is not None
        number = uuid.uuid4().hex[:8]
        names, language = await self._people(update)
        secrets = secrets_of(update) | names
        if isinstance(error, TelegramError):
            _log.warning("error %s: Telegram: %s", number, clean(str(error), secrets, self._token))
        elif isinstance(error, DatabaseError):
            _log.error("error %s: %s", number, clean(str(error), secrets, self._token))
        else:
            _log.error("error %s while handling an update:\n%s", number, trace_of(error, secrets, self._token))
        if isinstance(update, Update) and not _is_silent(error):
            await self._tell(update, number, language)

    async def _people(self, update: object) -> tuple[set[str], str | None]:
        """Everybody's names, which any error may quote, and the language of who caused this one."""
        names: set[str] = set()
        language = None
        user = update.effective_user if isinstance(update, Update) else None
        with suppress(DatabaseError):
            async with self._shop.database.reading() as session:
                for person in await staff.list_all(session):
                    names |= {person.name, person.username or person.name}
                    if user is not None and person.telegram_id == user.id:
                        language = person.language
        return names, language

    async def _tell(self, update: Update, number: str, language: str | None) -> None:
        words = self._shop.speech(language).plain(
            "Something went wrong on our side. If it happens again, tell a manager this number: {number}.",
            number=number,
        )
        try:
            if update.callback_query:
                await update.callback_query.answer(words, show_alert=True)
            elif update.effective_message:
                await update.effective_message.reply_text(words)
        except TelegramError as error:
            _log.warning("error %s could not be told: %s", number, clean(str(error), secrets_of(update), self._token))


def _is_silent(error: Exception) -> bool:
    """Whether an answer would meet the same fate: Telegram is away, or the person has blocked the bot."""
    return isinstance(error, Forbidden) or (isinstance(error, NetworkError) and not isinstance(error, BadRequest))
