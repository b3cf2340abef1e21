"""How each camera is doing, counted while its frames are analysed and written down every few seconds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from db import cameras
from db.cameras import CameraReport, Condition
from db.engine import Database
from worker.link import AWAY, Link

EVERY_SECONDS = 2.0
"""Between two reports: shorter than the shortest silence that managers can be told of."""

STALLED_AFTER_SECONDS = 5.0
_LAST_SECONDS = 2.0  # that the cameras have stopped is not worth a longer wait for a database that is away
NAME = "cameras"
"""Who they are, in a worker's link to its database."""

log = logging.getLogger(__name__)


class Pulse:
    """What is known of one camera; costs a frame nothing but a few assignments."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._state: Condition = "starting"
        self._openings = 0
        self._frames = 0
        self._dropped = 0
        self._lag_ms: float | None = None
        self._last_frame_at: datetime | None = None
        self._frame_clock = 0.0  # monotonic, of the last frame or opening
        self._counted = (time.monotonic(), 0)  # when the last report was made, and of how many frames

    def opened(self) -> None:
        """The camera has been opened."""
        self._openings += 1
        self._state = "starting"
        self._frame_clock = time.monotonic()

    def failed(self) -> None:
        """It does not open, or gives no more frames."""
        self._state = "failed"

    def stopped(self) -> None:
        """Nobody watches it any more; that it failed before stays worth knowing."""
        if self._state != "failed":
            self._state = "stopped"

    def frame(self) -> None:
        """A frame has come and is about to be analysed."""
        self._state = "running"
        self._last_frame_at = datetime.now(UTC)
        self._frame_clock = time.monotonic()

    def analysed(self, lag_seconds: float, dropped: int) -> None:
        """It has been, so long after its capture; meanwhile so many others were due and left out."""
        self._frames += 1
        self._dropped += dropped
        self._lag_ms = lag_seconds * 1000

    def report(self) -> CameraReport:
        """How the camera is doing; frames per second are those since the last report."""
        now = time.monotonic()
        before, frames = self._counted
        self._counted = (now, self._frames)
        silent = self._openings > 0 and now - self._frame_clock > STALLED_AFTER_SECONDS
        return CameraReport(
            name=self._name,
            state="stalled" if silent and self._state in ("starting", "running") else self._state,
            fps=(self._frames - frames) / max(now - before, 0.001),
            dropped=self._dropped,
            reconnects=max(0, self._openings - 1),
            lag_ms=self._lag_ms,
            last_frame_at=self._last_frame_at,
        )


@asynccontextmanager
async def written_down(pulses: Collection[Pulse], database: Database, link: Link | None = None) -> AsyncIterator[None]:
    """Write the states of a shop's cameras down while the block runs, and once more when it has ended.

    Without a `link` they are the only shop's.
    """
    link = link or Link()
    writing = asyncio.create_task(_keep_writing(pulses, database, link), name="camera states")
    try:
        yield
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        for pulse in pulses:
            pulse.stopped()
        last = asyncio.create_task(_write([replace(pulse.report(), fps=0.0) for pulse in pulses], database, link))
        if not (await asyncio.wait({last}, timeout=_LAST_SECONDS))[0] or last.result() is not None:
            log.warning("that the cameras have stopped could not be written down: %s", _why(last))


async def _keep_writing(pulses: Collection[Pulse], database: Database, link: Link) -> None:
    while True:
        error = await _write([pulse.report() for pulse in pulses], database, link)
        if error is None:
            link.held(NAME)
        else:
            link.lost(NAME, error)
        await asyncio.sleep(EVERY_SECONDS)


async def _write(reports: Sequence[CameraReport], database: Database, link: Link) -> Exception | None:
    """One report; a database that is away misses it, the next one tells the same. Returns why it was away."""
    try:
        shop_id = await link.shop_id()
        async with database.session() as session:
            await cameras.write(session, reports, shop_id)
    except AWAY as error:
        return error
    return None


def _why(last: asyncio.Task[Exception | None]) -> str:
    return str(last.result()) if last.done() else "the database does not answer"
