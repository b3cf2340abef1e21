"""A worker's link to its database: its shop there, found as soon as it can be, and what is said while it cannot."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import InterfaceError, OperationalError

from db.errors import DatabaseError

log = logging.getLogger(__name__)

AWAY = (DatabaseError, OperationalError, InterfaceError, OSError)
"""What a database that cannot be used now is known by, a server that cannot be reached among them; another error is a
mistake of ours."""


class Link:
    """Shared by whoever of a worker uses the database, so that its loss is said once, and its return once.

    Args:
        prepare: brings the database to the newest schema and returns the shop's id there; called again until it does.
            None where that has been done, and the shop is the only one.

    Attributes:
        reconnects: how often it has come back.
    """

    def __init__(self, prepare: Callable[[], Awaitable[int]] | None = None) -> None:
        self.reconnects = 0
        self._prepare = prepare
        self._preparing = asyncio.Lock()
        self._used = asyncio.Event()
        self._shop_id: int | None = None
        self._lost_by: set[str] = set()
        self._lost_since: float | None = None  # as said in the log; monotonic
        self._forwarded = 0

    async def shop_id(self) -> int | None:
        """The shop's id, None for the only one, once the database is prepared.

        Raises:
            DatabaseError, OSError: it cannot be reached or used now.
        """
        if self._prepare is None:
            return None
        async with self._preparing:
            if self._shop_id is None:
                self._shop_id = await self._prepare()
        return self._shop_id

    @property
    def away_seconds(self) -> float:
        """For how long nobody has been able to use it; 0 while it can be used."""
        return 0.0 if self._lost_since is None else time.monotonic() - self._lost_since

    @property
    def lost_since(self) -> datetime | None:
        """Since when nobody has been able to use it, None while it can be used."""
        return None if self._lost_since is None else datetime.now(UTC) - timedelta(seconds=self.away_seconds)

    def lost(self, by: str, error: Exception) -> None:
        """Note that somebody, called `by`, could not use the database."""
        self._lost_by.add(by)
        if self._lost_since is None:
            self._lost_since = time.monotonic()
            why = str(error).partition("\n")[0] or "nothing answers"
            log.warning("the database is away: visits wait to be written, which is tried again and again: %s", why)

    async def pause(self, seconds: float) -> None:
        """Wait so long before the next try, or until somebody else has used the database."""
        self._used.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._used.wait()

    def held(self, by: str, forwarded: int = 0) -> None:
        """Note that `by` could use it, and has written so many visits that had waited."""
        self._used.set()
        self._lost_by.discard(by)
        self._forwarded += forwarded
        if self._lost_since is None or self._lost_by:
            return
        away = time.monotonic() - self._lost_since
        log.warning("the database takes visits again, after %.0f s; %d that waited are written", away, self._forwarded)
        self._lost_since, self._forwarded = None, 0
        self.reconnects += 1
