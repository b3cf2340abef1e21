"""Connections to Telegram, each with a client of its own, the last one used first.

A pool of httpcore's tries every idle connection twice for each request: with 60 of them that costs twice as much as the
request itself, and most of it when a burst of cards has just been sent.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from telegram.error import TimedOut
from telegram.request import BaseRequest, HTTPXRequest

_MOST = 64
_FREE_WITHIN_SECONDS = 5.0
_ANSWER_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 60  # httpx's own 5 s would cost a card after a quiet minute a new TLS handshake


class Connections(BaseRequest):
    """As many connections as are needed at a time, 64 at most; not one is opened before."""

    def __init__(self) -> None:
        self._trust = httpx.create_ssl_context()
        self._all: list[HTTPXRequest] = []
        self._free: list[HTTPXRequest] = []
        self._room = asyncio.Semaphore(_MOST)

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take."""
        return _ANSWER_SECONDS

    async def initialize(self) -> None:
        """Connections that were shut down can be used again."""
        for connection in self._all:
            await connection.initialize()

    async def shutdown(self) -> None:
        """Close all."""
        for connection in self._all:
            await connection.shutdown()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Make one request, as `HTTPXRequest` does.

        Raises:
            TelegramError: it was not answered, or no connection was free for 5 s.
        """
        try:
            async with asyncio.timeout(_FREE_WITHIN_SECONDS):
                await self._room.acquire()
        except TimeoutError:
            raise TimedOut("all connections to Telegram are in use; the request was not sent") from None
        connection = self._free.pop() if self._free else self._new()
        try:
            return await connection.do_request(*args, **kwargs)
        finally:
            self._free.append(connection)
            self._room.release()

    def _new(self) -> HTTPXRequest:
        connection = HTTPXRequest(
            connect_timeout=5,
            read_timeout=_ANSWER_SECONDS,
            write_timeout=10,
            media_write_timeout=20,
            httpx_kwargs={
                "limits": httpx.Limits(max_connections=1, keepalive_expiry=_KEEP_ALIVE_SECONDS),
                "verify": self._trust,
            },
        )
        self._all.append(connection)
        return connection
