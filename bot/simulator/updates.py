"""The queue of updates for the bot: read by one poller at a time and confirmed by offset, or sent to its webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from bot.simulator.errors import ApiError
from bot.simulator.webhook import Webhook

MAX_LIMIT = 100
MAX_TIMEOUT_SECONDS = 50


class Updates:
    """Updates that the bot has not confirmed yet, oldest first.

    Args:
        away: for how many seconds the server will be away, so that it calls no webhook.

    Attributes:
        webhook: where they go, None while the bot asks for them.
        allowed: the kinds that the bot wants, empty for all.
    """

    def __init__(self, away: Callable[[], float]) -> None:
        self._away = away
        self.webhook: Webhook | None = None
        self.allowed: frozenset[str] = frozenset()
        self._pending: list[dict[str, Any]] = []
        self._next_id = 1
        self._poller: asyncio.Future[None] | None = None
        self._delivery: asyncio.Task[None] | None = None
        self._more = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Queue one update, unless the bot asked for other kinds only."""
        if self.allowed and kind not in self.allowed:
            return
        self._pending.append({"update_id": self._next_id, kind: content})
        self._next_id += 1
        self._more.set()
        self._wake()

    def allow(self, kinds: Collection[str] | None) -> None:
        """Queue these kinds only from now on, all if there are none; None keeps the last choice."""
        if kinds is not None:
            self.allowed = frozenset(kinds)

    def drop(self) -> None:
        """Forget everything that waits."""
        self._pending.clear()

    async def close(self) -> None:
        """End the open poll and the delivery, and answer later polls at once."""
        self._closed = True
        self._wake()
        if self._delivery is not None:
            self._delivery.cancel()
            await asyncio.gather(self._delivery, return_exceptions=True)

    def deliver_to(self, webhook: Webhook | None) -> None:
        """Send everything to this webhook from now on, or nowhere."""
        if self._delivery is not None:
            self._delivery.cancel()
            self._delivery = None
        self.webhook = webhook
        if webhook is not None:
            self._end_poll("terminated by setWebhook request")
            self._delivery = asyncio.create_task(self._deliver(webhook), name="simulator: webhook")

    async def poll(
        self, offset: int, limit: int, seconds: float, allowed: Collection[str] | None
    ) -> list[dict[str, Any]]:
        """What getUpdates answers; waits up to `seconds` for the first update. None as `allowed` keeps the last choice.

        Raises:
            ApiError: 409 when another poll begins meanwhile, or there is a webhook.
        """
        if self.webhook is not None:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        self._end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        self.allow(allowed)
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

    def _end_poll(self, reason: str) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(ApiError(409, f"Conflict: {reason}"))

    async def _deliver(self, webhook: Webhook) -> None:
        while True:
            if not self._pending:
                self._more.clear()
                await self._more.wait()
            elif (seconds := self._away()) > 0:
                await asyncio.sleep(seconds)
            else:
                update = self._pending[0]
                await webhook.deliver(update)
                if self._pending and self._pending[0] is update:  # not dropped meanwhile
                    del self._pending[0]
