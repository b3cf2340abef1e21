"""Watches the configured cameras until told to stop."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amiko.config import Camera, Config
from routing.departments import Department
from worker.capture import LiveCamera
from worker.errors import SourceError
from worker.pipeline import Event, Networks, Pipeline
from worker.pulse import Pulse
from worker.recorder import Recorder

log = logging.getLogger(__name__)

REOPEN_SECONDS = (1, 2, 5, 10, 30, 60)
"""Pauses before a camera is opened again; the last one repeats, a good frame resets them."""


class Watch:
    """Every configured camera, each with its own pipeline, sharing one set of networks.

    Args:
        config: its cameras are watched.
        departments: what visitors may want.
        networks: asked by one camera at a time.
        recorder: takes what was decided.

    Attributes:
        pulses: how each camera is doing, by its name.
    """

    def __init__(
        self, config: Config, departments: Sequence[Department], networks: Networks, recorder: Recorder
    ) -> None:
        self._config = config
        self._departments = departments
        self._networks = networks
        self._recorder = recorder
        self._turn = asyncio.Lock()
        self.pulses = {camera.name: Pulse(camera.name) for camera in config.cameras}
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End: everyone in view is decided, and `run` returns."""
        self._stop.set()

    async def run(self) -> None:
        """Analyse each camera's newest frame at the configured rate, and record what is decided.

        A camera that fails is opened again for ever, as long as one of them opened at the start. A video file
        given as a camera is played once.

        Raises:
            SourceError: no camera is configured, or not one of them opens.
        """
        require_cameras(self._config)
        cameras = [(camera, LiveCamera(camera.name, camera.url)) for camera in self._config.cameras]
        failures = [message for _, live in cameras if (message := await self._open(live))]
        if len(failures) == len(cameras):
            raise SourceError("; ".join(failures))
        async with asyncio.TaskGroup() as tasks:
            for camera, live in cameras:
                tasks.create_task(self._watch(camera, live), name=f"camera {camera.name}")

    async def _watch(self, camera: Camera, live: LiveCamera) -> None:
        failures = 0
        while not self._stop.is_set():
            if live.alive:
                if await self._follow(camera, live):
                    failures = 0
                if live.is_file or self._stop.is_set():
                    break
                self.pulses[camera.name].failed()
                log.warning("camera %s gives no more frames; it will be opened again", camera.name)
            await self._pause(REOPEN_SECONDS[min(failures, len(REOPEN_SECONDS) - 1)])
            failures += 1
            if message := await self._open(live):
                log.error("%s", message)
        self.pulses[camera.name].stopped()
        await asyncio.to_thread(live.close)

    async def _follow(self, camera: Camera, live: LiveCamera) -> int:
        """Analyse an open camera until it fails or the watch stops; returns the frames analysed."""
        pipeline = Pipeline(camera, self._config, self._departments, self._networks, lambda _: str(uuid.uuid4()))
        opened = datetime.now(UTC)
        clock, pulse = asyncio.get_running_loop(), self.pulses[camera.name]
        while live.alive and not self._stop.is_set():
            due = clock.time() + 1 / self._config.worker.fps
            frame = live.newest()
            if frame is not None:
                pulse.frame()
                async with self._turn:
                    events = await asyncio.to_thread(pipeline.process, frame)
                await self._record(events, opened)
                pulse.analysed(live.age(frame), int(max(0.0, clock.time() - due) * self._config.worker.fps))
            await self._pause(max(0.0, due - clock.time()))
        await self._record(await asyncio.to_thread(pipeline.finish), opened)
        return pipeline.analysed

    async def _record(self, events: Sequence[Event], opened: datetime) -> None:
        for event in events:
            await self._recorder.write_patiently(event, lambda at: opened + timedelta(seconds=at))

    async def _open(self, live: LiveCamera) -> str | None:
        """Open a camera; returns the sentence that says why it does not open, or None."""
        pulse = self.pulses[live.name]
        try:
            await asyncio.to_thread(live.open)
        except SourceError as error:
            pulse.failed()
            return str(error)
        pulse.opened()
        return None

    async def _pause(self, seconds: float) -> None:
        """Wait, or less where the watch stops meanwhile."""
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return


def require_cameras(config: Config) -> None:
    """Nothing, where a camera is configured.

    Raises:
        SourceError: none is.
    """
    if not config.cameras:
        raise SourceError("no camera is configured; add one under cameras: in config.yaml (a name and a url)")
