"""getUpdates: the queue of updates for the bot, confirmed by offset, read by one poller at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from bot.simulator.errors import ApiError

MAX_LIMIT = 100
MAX_TIMEOUT_SECONDS = 50


class Updates:
    """Updates that the bot has not confirmed yet, oldest first."""

    def __init__(self) -> None:
        self._pending: list[dict[str, Any]] = []
        self._next_id = 1
        self._allowed: frozenset[str] = frozenset()
        self._poller: asyncio.Future[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Queue one update, unless the bot asked for other kinds only."""
        if self._allowed and kind not in self._allowed:
            return
        self._pending.append({"update_id": self._next_id, kind: content})
        self._next_id += 1
        self._wake()

    def drop(self) -> None:
        """Forget everything that waits."""
        self._pending.clear()

    def close(self) -> None:
        """End the open poll, and answer later ones at once."""
        self._closed = True
        self._wake()

    async def poll(
        self, offset: int, limit: int, seconds: float, allowed: Collection[str] | None
    ) -> list[dict[str, Any]]:
        """What getUpdates answers; waits up to `seconds` for the first update. None as `allowed` keeps the last choice.

        Raises:
            ApiError: 409 when another poll begins meanwhile.
        """
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(
                ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            )
        if allowed is not None:
            self._allowed = frozenset(allowed)
        if offset > 0:
            self._pending = [update for update in self._pending if update["update_id"] >= offset]
        elif offset < 0:
            self._pending = self._pending[offset:]
        if not self._pending and seconds > 0 and not self._closed:
            await self._first(min(seconds, MAX_TIMEOUT_SECONDS))
        return self._pending[: min(max(limit, 1), MAX_LIMIT)]

    async def _first(self, seconds: float) -> None:
        self._poller = poller = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(poller, seconds)
        except TimeoutError:
            pass
        finally:
            if self._poller is poller:
                self._poller = None

    def _wake(self) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
