"""Has the shop's own bot tell of visits while the database is away: they are put into the local database as well."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from db import nudge
from db.engine import Database
from db.errors import DatabaseError
from db.standby import account
from db.standby.account import Account
from db.visits import NewVisit
from worker.link import Link
from worker.recorder import Recorder
from worker.spool import Entry

log = logging.getLogger(__name__)

AFTER_SECONDS = 5.0
"""A database that is away for less is waited for: its own bot tells of the visit, a little late."""


class Standby:
    """Works while its `async with` block runs; without its database everything goes on as if there were none.

    Args:
        database: the local one.
        recorder: writes to it.
        link: says for how long the other one has been away.
        max_age: nobody is told of visits that are older (s).
    """

    def __init__(self, database: Database, recorder: Recorder, link: Link, max_age: float) -> None:
        self._database = database
        self._recorder = recorder
        self._link = link
        self._max_age = timedelta(seconds=max_age)
        self._waiting: deque[Entry] = deque()
        self._leaving = ""  # the visit that the database is about to take
        self._handed = ""  # the last one that it was to go on with
        self._away = False
        self._since = 0.0  # when the first of them was not taken; monotonic
        self._broken = False  # the local database, as said in the log
        self._more = asyncio.Event()
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._database.upgrade()
        except DatabaseError as error:
            log.error("nobody is told of visitors while the shop is cut off: %s", error)
        self._task = asyncio.create_task(self._run(), name="standby")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def put(self, entries: Iterable[Entry]) -> None:
        """Tell of these, which the database did not take, once it has been away for a while."""
        if not self._away:
            self._away, self._since = True, time.monotonic()
        self._waiting.extend(entries)
        self._more.set()

    def back(self, entry: Entry) -> None:
        """The database has not taken this either, although it seemed to."""
        self._leaving = ""
        self.put([entry])

    def rest(self) -> None:
        """The database takes visits again: tell of nothing more."""
        self._away = False
        self._waiting.clear()

    async def hand_over(self, visit_id: str) -> Account | None:
        """Let go of a visit that the database is about to take; what has become of it, None where nobody was told."""
        async with self._turn:
            self._leaving = visit_id
            try:
                async with self._database.session() as session:
                    found = await account.hand_over(session, visit_id)
            except DatabaseError as error:
                self._fail("what became of visit %s while the shop was cut off is not known: %s", visit_id, error)
                return None
            self._broken = False
            self._handed = visit_id
        if found is not None:
            nudge.send(self._database.url)
        return found

    async def _run(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                # The link may have been found lost by somebody else, before there was a visit.
                left = AFTER_SECONDS - max(self._link.away_seconds, time.monotonic() - self._since)
                if left > 0:
                    await asyncio.sleep(left)
                    continue
                async with self._turn:
                    if self._waiting:
                        await self._tell(self._waiting.popleft())

    async def _tell(self, entry: Entry) -> None:
        if entry.id == self._leaving:
            return
        if isinstance(entry, NewVisit) and datetime.now(UTC) - entry.decided_at > self._max_age:
            return
        try:
            new = await self._recorder.store(entry)
            if not new and entry.id == self._handed:  # a second cut came before the database had it
                await self._recorder.take_back(entry.id)
        except DatabaseError as error:
            self._fail("nobody is told of visit %s while the shop is cut off: %s", entry.id, error)
        else:
            self._broken = False

    def _fail(self, words: str, visit_id: str, error: DatabaseError) -> None:
        """The local database cannot be used, which is said once."""
        log.log(logging.DEBUG if self._broken else logging.ERROR, words, visit_id, error)
        self._broken = True
