"""One capture process as its parent sees it: started, listened to, its newest frame taken, killed."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from dataclasses import asdict, dataclass
from typing import Literal, cast

from amiko.config import Camera, Config
from worker.address import resolve, shown
from worker.capture_process import Job
from worker.shared_frame import SharedFrame, Shot

log = logging.getLogger(__name__)

WHOLE_FRAME_SECONDS = 0.001
"""Before another look at a frame that is just being replaced."""

REAP_SECONDS = 5.0
"""How long a killed process may take to go; one that hangs in the kernel is left to it."""


@dataclass(frozen=True)
class News:
    """What a capture process says.

    Attributes:
        kind: open; frame, a new one is there; told, a fault that is passed over; failed, it does not open; end,
            no more frames come; died, it went without a word.
        sentence: of what is told and what failed.
    """

    kind: Literal["open", "frame", "told", "failed", "end", "died"]
    sentence: str = ""


class Capture:
    """A running capture process; `start` makes one, `kill` ends it.

    Attributes:
        exit_code: of the process, once it has died; negative for a signal.
    """

    def __init__(self, process: asyncio.subprocess.Process, memory: SharedFrame) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        self._process = process
        self._says = process.stdout
        self._job = process.stdin
        self._memory = memory
        self._taken = 0
        self._killed = False

    @classmethod
    async def start(cls, camera: Camera, config: Config) -> Capture:
        """Start reading a camera.

        Raises:
            SourceError: its url needs an environment variable that is not set.
        """
        source = resolve(camera, os.environ)
        memory = SharedFrame.create()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "worker.capture_process",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                pass_fds=[memory.file],
                # A group of its own: Ctrl-C is for the parent, which ends its children itself. And in the parent's
                # session: where that ends while this one is stopped, the system wakes it up with SIGHUP, which ends it
                # (POSIX, orphaned process groups), even before it has come to ask for more than that.
                process_group=0,
            )  # fmt: skip
        except BaseException:
            memory.close()
            raise
        job = Job(
            name=camera.name,
            source=source,
            shown=shown(camera),
            fps=config.fps_of(camera),
            rotation=camera.rotation,
            masks=camera.masks,
            timeout_seconds=config.worker.stall_seconds,
            memory=memory.file,
            parent=os.getpid(),
        )
        capture = cls(process, memory)
        capture._job.write(json.dumps(asdict(job)).encode() + b"\n")
        return capture

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Of the process, None while it lives; negative for the signal that ended it."""
        return self._process.returncode

    async def news(self) -> News:
        """The next thing it says, however long that takes."""
        line = (await self._says.readline()).decode()
        if not line:
            await self._process.wait()
            return News("died")
        kind, _, sentence = line.rstrip("\n").partition(" ")
        return News(cast("Literal['open', 'frame', 'told', 'failed', 'end']", kind), sentence)

    async def newest(self) -> Shot | None:
        """The newest frame, once; None where none has come since the last call, or it cannot be had now."""
        for _ in range(20):
            if self._killed:
                return None
            try:
                shot = self._memory.newest(self._taken)
            except BlockingIOError:
                await asyncio.sleep(WHOLE_FRAME_SECONDS)
                continue
            if shot is not None:
                self._taken = shot.number
            return shot
        return None

    async def kill(self) -> None:
        """End the process, however stuck it is, and let go of everything that belonged to it."""
        self._killed = True
        if self._process.returncode is None:
            self._process.kill()
        self._job.close()
        try:
            async with asyncio.timeout(REAP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            log.error("capture process %d does not end; the system holds it in a call to its device", self.pid)
        self._memory.close()
