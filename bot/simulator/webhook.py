"""One webhook: updates posted to the bot's address in their order, until it takes them."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import Any

import httpx

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
READ_SECONDS = 10.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.2, 5.0
"""Telegram itself starts with a second and goes up to minutes; people at a simulator do not wait so long."""


class Webhook:
    """Where updates go.

    Args:
        url: the bot's own address on this machine.
        secret: sent with every update in X-Telegram-Bot-Api-Secret-Token, "" for none.
        max_connections: only told back by getWebhookInfo; updates are posted one after the other.
    """

    def __init__(self, url: str, secret: str, max_connections: int) -> None:
        self.url = url
        self._secret = secret
        self._max_connections = max_connections
        self._error: tuple[int, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """This webhook's part of a WebhookInfo object."""
        info: dict[str, Any] = {"url": self.url, "max_connections": self._max_connections, "ip_address": "127.0.0.1"}
        if self._error is not None:
            info["last_error_date"], info["last_error_message"] = self._error
        return info

    async def deliver(self, update: dict[str, Any]) -> None:
        """Post one update as often as it takes; cancel to give up."""
        pause = FIRST_RETRY_SECONDS
        # A new connection each time: a bot that was started anew is found at once.
        async with httpx.AsyncClient(timeout=READ_SECONDS, trust_env=False) as client:
            while (problem := await self._posted(client, update)) is not None:
                self._error = int(time.time()), problem
                await asyncio.sleep(pause)
                pause = min(LONGEST_RETRY_SECONDS, pause * 2)

    async def _posted(self, client: httpx.AsyncClient, update: dict[str, Any]) -> str | None:
        """What went wrong in Telegram's words, or None."""
        headers = {SECRET_HEADER: self._secret} if self._secret else {}
        try:
            answer = await client.post(self.url, json=update, headers=headers)
        except httpx.ConnectError:
            return "Connection refused"
        except httpx.TimeoutException:
            return "Read timeout expired"
        except httpx.HTTPError:
            return "Connection reset by peer"
        if answer.status_code // 100 == HTTPStatus.OK // 100:
            return None
        return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
