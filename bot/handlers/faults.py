"""When a handler fails: an id for the person, the trace with the same id in the log, never the token."""

from __future__ import annotations

import logging
import traceback
import uuid

from telegram import Update
from telegram.error import NetworkError, TelegramError
from telegram.ext import ContextTypes

from bot.errors import redact
from bot.shop import Shop

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
        if isinstance(error, TelegramError):
            # Telegram's own words are enough, and an answer would meet the same fate.
            _log.warning("error %s: Telegram: %s", number, redact(str(error), self._token))
        else:
            trace = "".join(traceback.format_exception(error))
            _log.error("error %s while handling an update:\n%s", number, redact(trace, self._token))
        if isinstance(update, Update) and not isinstance(error, NetworkError):
            await self._tell(update, number)

    async def _tell(self, update: Update, number: str) -> None:
        t = self._shop.speech(None)
        words = t.plain(
            "Something went wrong on our side. If it happens again, tell a manager this number: {number}.",
            number=number,
        )
        try:
            if update.callback_query:
                await update.callback_query.answer(words, show_alert=True)
            elif update.effective_message:
                await update.effective_message.reply_text(words)
        except TelegramError as error:
            _log.warning("error %s could not be told: %s", number, redact(str(error), self._token))
