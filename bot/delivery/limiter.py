"""What stands between python-telegram-bot and Telegram: answers wait for their turn, and again where that is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Literal

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivery.pace import Pace

Counted = Literal["counted"]
COUNTED: Final[Counted] = "counted"
"""As `rate_limit_args` of a request: the notifier has counted it, and sees itself to its errors."""

_TRIES = 3
_LONGEST_WAIT_SECONDS = 30.0  # nobody looks for an answer that comes later than that

_Answer = bool | dict[str, Any] | list[dict[str, Any]]


class Limiter(BaseRateLimiter[Counted]):
    """Keeps a bot's requests at its pace. What is no message (a toast, a menu) never waits."""

    def __init__(self) -> None:
        self.pace = Pace()

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, _Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Counted | None,
    ) -> _Answer:
        """Make one request.

        Raises:
            RetryAfter: Telegram asks for a longer quiet than an answer can wait.
        """
        chat_id = data.get("chat_id")
        if rate_limit_args is not None or not isinstance(chat_id, int):
            return await callback(*args, **kwargs)
        for tried in range(1, _TRIES + 1):
            await self.pace.answer(chat_id)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                seconds = retry_after(error)
                self.pace.refused(chat_id, seconds)
                if tried == _TRIES or seconds > _LONGEST_WAIT_SECONDS:
                    raise
                await asyncio.sleep(seconds)
        raise AssertionError("the last try returns or raises")


def retry_after(error: RetryAfter) -> float:
    """Seconds of quiet that Telegram asks for."""
    # As python-telegram-bot's own limiter reads it: the public name warns until its type has changed.
    return float(error._retry_after.total_seconds())
