"""Where updates come from: Telegram is asked for them (long polling), or calls the bot (a webhook)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Never
from urllib.parse import urlsplit

from telegram import Update
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application

from amiko.config import WebhookConfig
from bot.delivery.incident import Incident
from bot.delivery.limiter import retry_after
from bot.errors import REVOKED, BotError, TokenError

_KINDS = (Update.MESSAGE, Update.CALLBACK_QUERY)
_POLL_SECONDS = 10
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.5, 5.0
_STOP_SECONDS = 2.0
_ASK_WHO_WE_ARE_SECONDS = 60.0
_log = logging.getLogger(__name__)

Bot = Application[Any, Any, Any, Any, Any, Any]


async def listen(application: Bot, webhook: WebhookConfig | None) -> Never:
    """Hand updates to a started application until cancelled. A Bot API server that is away is waited for.

    Raises:
        BotError: Telegram no longer takes the token, or the webhook's port cannot be used.
    """
    try:
        if webhook is None:
            await _Polling(application).run()
        else:
            await _be_called(application, webhook)
    except InvalidToken:
        # Its own message holds the token, and so would the chain of causes.
        raise TokenError(REVOKED) from None
    raise AssertionError("listening ends by an error or by being cancelled")


class _Polling:
    """Asks again and again. An update is confirmed by asking for the next one.

    python-telegram-bot's own loop waits up to half a minute after an outage, and ends without a word when the token
    is taken back.
    """

    def __init__(self, application: Bot) -> None:
        self._bot = application.bot
        self._queue = application.update_queue
        self._next = 0
        self._silence = Incident(_log, "updates cannot be fetched", "updates come again")

    async def run(self) -> Never:
        try:
            await self._patiently(self._bot.delete_webhook)  # where there is one, Telegram cannot be asked
            while True:
                await self._patiently(self._ask)
        finally:
            if self._next:
                with suppress(TelegramError, TimeoutError):
                    async with asyncio.timeout(_STOP_SECONDS):
                        await self._bot.get_updates(offset=self._next, timeout=0, allowed_updates=_KINDS)

    async def _ask(self) -> None:
        for update in await self._bot.get_updates(offset=self._next, timeout=_POLL_SECONDS, allowed_updates=_KINDS):
            await self._queue.put(update)
            self._next = update.update_id + 1

    async def _patiently(self, request: Callable[[], Awaitable[object]]) -> None:
        """Make a request as often as it takes."""
        pause = _FIRST_RETRY_SECONDS
        while True:
            try:
                await request()
            except InvalidToken:
                raise
            except RetryAfter as error:
                self._silence.happens(error.message)
                await asyncio.sleep(retry_after(error))
            except TelegramError as error:
                self._silence.happens(error.message)
                await asyncio.sleep(pause)
                pause = min(_LONGEST_RETRY_SECONDS, pause * 2)
            except Exception:  # an update that the library cannot read must not keep cards from going out
                _log.exception("updates cannot be read")
                await asyncio.sleep(_LONGEST_RETRY_SECONDS)
            else:
                self._silence.over()
                return


async def _be_called(application: Bot, webhook: WebhookConfig) -> Never:
    """Listen for Telegram's calls, which must carry the secret. The address's path is the path here, too."""
    updater = application.updater
    assert updater is not None
    try:
        await updater.start_webhook(
            listen=webhook.listen,
            port=webhook.port,
            url_path=urlsplit(webhook.url).path,
            webhook_url=webhook.url,
            secret_token=webhook.secret.get_secret_value(),
            allowed_updates=_KINDS,
            bootstrap_retries=-1,
        )
        _log.info("Telegram calls %s", webhook.url)
        while True:
            await asyncio.sleep(_ASK_WHO_WE_ARE_SECONDS)
            await _check_token(application)
    except OSError as error:
        raise BotError(
            f"port {webhook.port} of {webhook.listen} cannot be used for the webhook ({error.strerror}); "
            "set telegram.webhook.port to a free one"
        ) from None
    finally:
        if updater.running:
            await updater.stop()


async def _check_token(application: Bot) -> None:
    """Nobody calls a bot whose token was taken back, so it has to ask.

    Raises:
        InvalidToken: it was.
    """
    try:
        await application.bot.get_me()
    except InvalidToken:
        raise
    except TelegramError as error:
        _log.debug("whether the token is still taken could not be asked: %s", error.message)
