"""The frames of one camera for as long as the worker runs, whatever becomes of the camera meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from amiko.config import Camera, Config
from worker.capture import Capture
from worker.pulse import Pulse
from worker.shared_frame import Shot

log = logging.getLogger(__name__)

REOPEN_SECONDS = (1, 2, 5, 10, 30, 60)
"""Pauses before a camera is opened again; the last one repeats, a good frame resets them."""

DEATHS, DEATHS_WITHIN_SECONDS = 5, 60.0
"""A capture process that dies oftener than this is started again only after the longest pause."""

START_SECONDS = 5.0
"""For a capture process to begin, on top of what its camera may take to open and to give a frame."""


@dataclass(frozen=True)
class Failure:
    """Why a capture is of no more use.

    Attributes:
        sentence: names the camera and what happened.
        died: its process went by itself, where it should have said something.
    """

    sentence: str
    died: bool = False


class Feed:
    """The newest frame of one camera; `keep` must run beside whoever takes frames.

    Args:
        camera: where the frames come from.
        config: its rates and times.
        pulse: is told how the camera is doing.

    Attributes:
        ended: a file, or a folder of files, has been played to its end.
        opened: None once the camera has given a frame, or else why it did not, once that is known for the first time.
    """

    def __init__(self, camera: Camera, config: Config, pulse: Pulse) -> None:
        self.ended = False
        self.opened: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._camera = camera
        self._config = config
        self._pulse = pulse
        self._capture: Capture | None = None
        self._last: Shot | None = None
        self._changed = asyncio.Event()
        self._failures = 0
        self._deaths: list[float] = []
        self._down_since: float | None = None

    async def fresh(self, seconds: float) -> bool:
        """Wait for a frame that has not been taken; False where none has come for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    def wake(self) -> None:
        """End a wait for a fresh frame as if there were one."""
        self._changed.set()

    async def newest(self) -> Shot | None:
        """The newest frame, once."""
        shot, self._last = self._last, None
        return shot if self._capture is None else await self._capture.newest()

    async def keep(self) -> None:
        """Capture the camera, and begin again whenever that fails; returns only when a file has ended.

        Raises:
            SourceError: the camera's url needs an environment variable that is not set.
        """
        while failure := await self._attempt():
            self._pulse.failed()
            pause = self._pause(failure)
            log.warning("%s; it is opened again in %s s", failure.sentence, pause)
            if not self.opened.done():
                self.opened.set_result(failure.sentence)
            if self._down_since is None:
                self._down_since = time.monotonic()
            await asyncio.sleep(pause)
        self.ended = True
        self._changed.set()

    async def _attempt(self) -> Failure | None:
        """One capture process, from its start to its end; returns why it failed, None after a file's end."""
        try:
            capture = self._capture = await Capture.start(self._camera, self._config)
        except OSError as error:
            return Failure(f"camera {self._camera.name}: its capture process cannot be started ({error.strerror})")
        try:
            failure = await self._listen(capture)
            self._last = await capture.newest() if failure is None else None
        finally:
            self._capture = None
            await capture.kill()
        return failure

    async def _listen(self, capture: Capture) -> Failure | None:
        """Follow what a capture process says until it is of no more use."""
        name, stall = self._camera.name, self._config.worker.stall_seconds
        patience = START_SECONDS + 2 * stall
        while True:
            try:
                # Not wait_for: before Python 3.12 it loses a cancellation that comes together with a line.
                async with asyncio.timeout(patience):
                    news = await capture.news()
            except TimeoutError:
                return Failure(f"camera {name} gave no frame for {patience:g} s, so its capture process is killed")
            match news.kind:
                case "open":
                    self._open()
                case "frame":
                    self._changed.set()
                    patience = stall
                case "told":
                    log.warning("%s", news.sentence)
                case "failed":
                    return Failure(news.sentence)
                case "end":
                    return None if self._finite else Failure(f"camera {name} gives no more frames")
                case "died":
                    return Failure(f"the capture process of camera {name} ended with {capture.exit_code}", died=True)

    def _open(self) -> None:
        self._pulse.opened()
        self._failures = 0
        if not self.opened.done():
            self.opened.set_result(None)
        if self._down_since is not None:
            down = time.monotonic() - self._down_since
            log.info("camera %s gives frames again, after %.0f s", self._camera.name, down)
            self._down_since = None

    def _pause(self, failure: Failure) -> float:
        """How long to wait after this failure (s)."""
        pause = REOPEN_SECONDS[min(self._failures, len(REOPEN_SECONDS) - 1)]
        self._failures += 1
        if not failure.died:
            return pause
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < DEATHS_WITHIN_SECONDS] + [now]
        if len(self._deaths) <= DEATHS:
            return pause
        log.error(
            "camera %s has failed: its capture process died %d times within %.0f s, and is started slowly from now on",
            self._camera.name,
            len(self._deaths),
            DEATHS_WITHIN_SECONDS,
        )
        return REOPEN_SECONDS[-1]

    @property
    def _finite(self) -> bool:
        """Whether this is a file or a folder of files, which ends by itself."""
        path = Path(str(self._camera.url))
        return isinstance(self._camera.url, str) and (path.is_file() or path.is_dir())
