"""Writes what the cameras decide, in order and beside their work; nothing is lost while the database is away.

What waits is kept on the disk as well, and where that takes nothing either, as it is full, in memory alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from db.link_report import LinkReport
from db.visits import NewVisit
from worker.link import AWAY, Link
from worker.recorder import Recorder
from worker.spool import PICTURES, Entry, Seen, Spool, without_picture
from worker.standby import Standby

_NAME = "visits"
log = logging.getLogger(__name__)

RETRY_SECONDS = (0.5, 1, 2, 5, 10)
"""Pauses between tries while the database cannot be written; the last one repeats."""

SLOW_SECONDS = 1.0
"""A try that takes longer may well fail: what waits is then kept on disk, should this process be killed."""

STOP_SECONDS = 3.0
"""How long the last entries may take at the end, before they are left to the next start."""

MOST = 20_000
"""Entries of 2 KB each, a week's or so, that wait in memory alone: the oldest are given up for more."""


class Writer:
    """Takes entries while its `async with` block runs, and begins with those that an earlier run left.

    Args:
        recorder: writes one entry.
        spool: keeps what the database does not take.
        link: says when that is lost and back.
        standby: tells of visits while the database is away; None where nobody does.

    Raises:
        DatabaseError: on entry, if another worker uses the spool.
        OSError: on entry, if the spool is there and cannot be read.
    """

    def __init__(
        self, recorder: Recorder, spool: Spool, link: Link | None = None, standby: Standby | None = None
    ) -> None:
        self._recorder = recorder
        self._spool = spool
        self._link = link or Link()
        self._standby = standby
        self._waiting: deque[Entry] = deque()
        self._kept = 0  # how many of those waiting are on disk, the first ones
        self._away = False
        self._forwarded = 0  # visits that waited, since all were written
        self._spool_full = False  # as said in the log
        self._more = asyncio.Event()
        self._done = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def put(self, entry: Entry) -> None:
        """Have an entry written, after those before it; returns at once."""
        if self._away and self._standby:
            self._standby.put([entry])
        if self._away and isinstance(entry, Seen):
            return  # the next one tells the same
        self._waiting.append(entry)
        self._done.clear()
        self._more.set()
        if self._away or self._kept:  # behind many it may wait for minutes
            self._keep()
            self._bound()

    def report(self) -> LinkReport:
        """How many visits wait, and since when they do."""
        waiting = [entry.decided_at for entry in self._waiting if isinstance(entry, NewVisit)]
        return LinkReport(
            reported_at=datetime.now(UTC),
            lost_since=self._link.lost_since,
            reconnects=self._link.reconnects,
            waiting=len(waiting),
            oldest=min(waiting, default=None),
        )

    async def __aenter__(self) -> Self:
        self._done.set()
        self._spool.hold()
        self._waiting.extend(self._spool.read())
        self._kept = len(self._waiting)
        if self._kept:
            self._done.clear()
            log.info("%d entries that an earlier run left in %s are to be written", self._kept, self._spool.path)
        self._task = asyncio.create_task(self._run(), name="writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._done.wait()
        except TimeoutError:
            self._keep()
            if self._kept:
                log.warning("%d entries are in %s and are written at the next start", self._kept, self._spool.path)
            if lost := list(self._waiting)[self._kept :]:
                log.error("%d entries are lost: %s", len(lost), ", ".join(entry.id for entry in lost))
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._spool.let_go()

    async def _run(self) -> None:
        tries = 0
        while True:
            if not self._waiting:
                self._finish()
                await self._more.wait()
            waited = self._away or self._kept > 0
            try:
                await self._store(self._waiting[0])
            except AWAY as error:
                self._lose()
                self._link.lost(_NAME, error)
                if self._standby:
                    self._standby.back(self._waiting[0])
                await self._link.pause(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
                continue
            except Exception:
                # A mistake of ours, about this one entry: the visits after it must not wait for its repair.
                log.exception("visit %s cannot be written and is left out", self._waiting[0].id)
            tries = 0
            written = self._waiting.popleft()
            self._kept = max(0, self._kept - 1)
            self._hold()
            self._forwarded += waited and isinstance(written, NewVisit)

    async def _store(self, entry: Entry) -> None:
        storing = asyncio.create_task(self._write(entry), name=f"visit {entry.id}")
        # Not cancelled with this task: a driver that waits for a lock cannot be interrupted.
        storing.add_done_callback(_hear)
        if not (await asyncio.wait({storing}, timeout=SLOW_SECONDS))[0]:
            self._lose()
            await asyncio.wait({storing})
        storing.result()

    def _lose(self) -> None:
        """The database does not take what waits, which is kept and told of elsewhere."""
        if not self._away and self._standby:
            self._standby.put(self._waiting)
        self._away = True
        self._keep()

    def _hold(self) -> None:
        """It has taken something."""
        if self._away and self._standby:
            self._standby.rest()
        self._away = False

    async def _write(self, entry: Entry) -> None:
        await self._link.shop_id()  # before it is prepared nothing can be written
        await self._recorder.store(entry)

    def _keep(self) -> None:
        """Put on disk what waits and is not there yet."""
        entries = list(self._waiting)[self._kept :]
        if not entries:
            return
        try:
            self._spool.append(entries)
        except OSError as error:
            if not self._spool_full:
                self._spool_full = True
                log.error(
                    "%s cannot be written (%s): what is decided waits in memory only, %d entries by now; make room, "
                    "and do not end the worker before",
                    self._spool.path,
                    error.strerror,
                    len(entries),
                )
            return
        self._kept = len(self._waiting)
        if self._spool_full:
            self._spool_full = False
            log.warning("%s can be written again, all that waits is in it", self._spool.path)

    def _bound(self) -> None:
        """Let memory hold only so much, should this last for days."""
        pictured = [at for at, entry in enumerate(self._waiting) if isinstance(entry, NewVisit) and entry.snapshot]
        for at in pictured[: max(0, len(pictured) - PICTURES)]:
            self._waiting[at] = without_picture(self._waiting[at])
        if len(self._waiting) - self._kept > MOST:
            oldest = max(1, self._kept)  # the first one is being written
            log.error("more than %d entries wait in memory, %s is given up", MOST, self._waiting[oldest].id)
            del self._waiting[oldest]

    def _finish(self) -> None:
        """Everything is written."""
        self._more.clear()
        self._done.set()
        self._spool_full = False
        self._spool.clear()
        self._link.held(_NAME, self._forwarded)
        self._forwarded = 0


def _hear(storing: asyncio.Task[None]) -> None:
    """Take the error of a try that outlives its writer: its entry is in the spool, and asyncio need not report it."""
    if not storing.cancelled():
        storing.exception()
