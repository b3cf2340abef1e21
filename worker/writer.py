"""Writes what the cameras decide, in order and beside their work; nothing is lost while the database is away."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from types import TracebackType
from typing import Self

from db.errors import DatabaseError
from worker.recorder import Recorder
from worker.spool import Entry, Spool

log = logging.getLogger(__name__)

RETRY_SECONDS = (0.5, 1, 2, 5, 10)
"""Pauses between tries while the database cannot be written; the last one repeats."""

SLOW_SECONDS = 1.0
"""A try that takes longer may well fail: what waits is then kept on disk, should this process be killed."""

STOP_SECONDS = 3.0
"""How long the last entries may take at the end, before they are left to the next start."""


class Writer:
    """Takes entries while its `async with` block runs, and begins with those that an earlier run left.

    Args:
        recorder: writes one entry.
        spool: keeps what the database does not take.

    Raises:
        OSError: on entry, if the spool is there and cannot be read.
    """

    def __init__(self, recorder: Recorder, spool: Spool) -> None:
        self._recorder = recorder
        self._spool = spool
        self._waiting: deque[Entry] = deque()
        self._kept = 0  # how many of those waiting are on disk, the first ones
        self._away = False
        self._more = asyncio.Event()
        self._done = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def put(self, entry: Entry) -> None:
        """Have an entry written, after those before it; returns at once."""
        self._waiting.append(entry)
        self._done.clear()
        self._more.set()
        if self._away:
            self._keep()

    async def __aenter__(self) -> Self:
        self._done.set()
        for entry in self._spool.read():
            self.put(entry)
        self._kept = len(self._waiting)
        if self._kept:
            log.info("%d entries that an earlier run left in %s are written now", self._kept, self._spool.path)
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
            log.warning(
                "%d entries are not written; those in %s are, at the next start", len(self._waiting), self._spool.path
            )
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        tries = 0
        while True:
            if not self._waiting:
                self._finish()
                await self._more.wait()
            try:
                await self._store(self._waiting[0])
            except DatabaseError as error:
                self._away = True
                self._keep()
                pause = RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]
                tries += 1
                log.warning("visit %s is not written yet, next try in %s s: %s", self._waiting[0].id, pause, error)
                await asyncio.sleep(pause)
                continue
            except Exception:
                # A mistake of ours, about this one entry: the visits after it must not wait for its repair.
                log.exception("visit %s cannot be written and is left out", self._waiting[0].id)
            tries, self._away = 0, False
            self._waiting.popleft()
            self._kept = max(0, self._kept - 1)

    async def _store(self, entry: Entry) -> None:
        storing = asyncio.create_task(self._recorder.store(entry), name=f"visit {entry.id}")
        # Not cancelled with this task: a driver that waits for a lock cannot be interrupted.
        if not (await asyncio.wait({storing}, timeout=SLOW_SECONDS))[0]:
            self._away = True
            self._keep()
            await asyncio.wait({storing})
        storing.result()

    def _keep(self) -> None:
        """Put on disk what waits and is not there yet."""
        entries = list(self._waiting)[self._kept :]
        if not entries:
            return
        try:
            self._spool.append(entries)
            self._kept = len(self._waiting)
        except OSError as error:
            log.error(
                "%d entries are in memory only, %s cannot be written (%s): %s",
                len(entries),
                self._spool.path,
                error.strerror,
                ", ".join(entry.id for entry in entries),
            )

    def _finish(self) -> None:
        """Everything is written."""
        self._more.clear()
        self._done.set()
        self._spool.clear()
