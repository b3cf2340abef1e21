"""Watches the configured cameras until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from uuid_utils.compat import uuid7

from amiko.config import Camera, Config
from db import link_report
from routing.departments import Department
from worker.address import resolve
from worker.errors import SourceError
from worker.feed import Feed
from worker.frame import Frame
from worker.learned import LearnedRouting
from worker.link import Link
from worker.link_reports import reported
from worker.networks import Networks
from worker.pipeline import Events, Pipeline
from worker.pulse import Pulse
from worker.recorder import Recorder
from worker.spool import Spool, beside
from worker.standby import Standby
from worker.writer import Writer

log = logging.getLogger(__name__)


class Watch:
    """Every configured camera, each with its own pipeline, sharing one set of networks.

    Args:
        config: its cameras are watched.
        departments: what visitors may want.
        networks: asked by one camera at a time.
        recorder: takes what was decided.
        learned: what was learnt from outcomes; None for the rules alone.
        link: to the database, shared with whoever else uses it.
        standby: tells of visits while that is lost; None where nobody does.

    Attributes:
        pulses: how each camera is doing, by its name.
    """

    def __init__(
        self,
        config: Config,
        departments: Sequence[Department],
        networks: Networks,
        recorder: Recorder,
        learned: LearnedRouting | None = None,
        link: Link | None = None,
        standby: Standby | None = None,
    ) -> None:
        self._config = config
        self._departments = departments
        self._networks = networks
        self._recorder = recorder
        self._learned = learned
        self._writer = Writer(recorder, Spool(beside(config.database.url), recorder.snapshots), link, standby)
        self._turn = asyncio.Lock()
        self._stopped = False
        self._feeds: list[Feed] = []
        self._began = time.monotonic()
        self.pulses = {camera.name: Pulse(camera.name) for camera in config.cameras}

    def stop(self) -> None:
        """End: everyone in view is decided, and `run` returns."""
        self._stopped = True
        for feed in self._feeds:
            feed.wake()

    async def run(self) -> None:
        """Analyse each camera's newest frame at the configured rate, and record what is decided.

        A camera that fails is opened again for ever, as long as one of them opened at the start. A video file, or a
        folder of them, given as a camera is played once.

        Raises:
            SourceError: no camera is configured, the address of one cannot be used, or not one of them opens.
        """
        require_cameras(self._config)
        cameras = self._config.cameras
        self._feeds = [Feed(camera, self._config, self.pulses[camera.name]) for camera in cameras]
        reports = reported(link_report.beside(self._config.database.url), self._writer.report)
        async with reports, self._writer, asyncio.TaskGroup() as tasks:
            opening = tasks.create_task(self._opening(), name="opening of the cameras")
            for camera, feed in zip(cameras, self._feeds, strict=True):
                tasks.create_task(self._watch(camera, feed), name=f"camera {camera.name}")
        if failures := opening.result():
            raise SourceError("; ".join(failures))

    async def _opening(self) -> list[str]:
        """Wait until one camera gives a frame; where not one does, stop, and return why for each of them."""
        failures = []
        for opened in asyncio.as_completed([feed.opened for feed in self._feeds]):
            if (failure := await opened) is None:
                return []
            failures.append(failure)
        self.stop()
        return failures

    async def _watch(self, camera: Camera, feed: Feed) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                keeping = tasks.create_task(feed.keep(), name=f"capture of camera {camera.name}")
                await self._analyse(camera, feed)
                keeping.cancel()
        finally:
            if not feed.opened.done():
                feed.opened.set_result(None)
            self.pulses[camera.name].stopped()

    async def _analyse(self, camera: Camera, feed: Feed) -> None:
        """Analyse a camera's newest frame whenever there is one, until its file has ended or the watch stops."""
        pulse, lost_after = self.pulses[camera.name], self._config.worker.lost_after
        # Ids that grow with time lie side by side in an index: recording a visit touches a few of its pages, not all.
        pipeline = await asyncio.to_thread(
            Pipeline, camera, self._config, self._departments, self._networks, lambda _: str(uuid7())
        )
        if self._learned is not None:
            pipeline.ranker = self._learned.ranker
        analysed = 0
        while not self._stopped:
            if not feed.ended and not await feed.fresh(lost_after):
                # Without frames nobody is seen to leave.
                self._record(await asyncio.to_thread(pipeline.finish))
                continue
            async with self._turn:
                # Taken only now: while this camera waited for its turn, the frame that woke it grew old.
                shot = await feed.newest()
                if shot is not None:
                    pulse.frame()
                    frame = Frame(shot.image, shot.taken - self._began)
                    self._record(await asyncio.to_thread(pipeline.process, frame))
            if shot is not None:
                # Numbers begin anew with each capture process.
                dropped = max(0, shot.number - analysed - 1)
                analysed = shot.number
                pulse.analysed(time.monotonic() - shot.taken, dropped)
            elif feed.ended:
                break
        self._record(await asyncio.to_thread(pipeline.finish))

    def _record(self, events: Events) -> None:
        # From now backwards: a clock that was set meanwhile does not move what is decided after that.
        now, clock = datetime.now(UTC), time.monotonic() - self._began
        for event in events:
            if event.kind == "new":
                log.debug("camera %s: visit %s begins", event.camera, event.visit_id)
                continue
            if event.kind == "decided":
                log.info("camera %s: visit %s is decided", event.visit.camera, event.visit.id)
            self._writer.put(self._recorder.entry(event, lambda at: now + timedelta(seconds=at - clock)))


def require_cameras(config: Config) -> None:
    """Nothing, where cameras are configured whose addresses can be used.

    Raises:
        SourceError: none is, or the address of one needs an environment variable that is not set.
    """
    if not config.cameras:
        raise SourceError("no camera is configured; add one under cameras: in config.yaml (a name and a url)")
    for camera in config.cameras:
        resolve(camera, os.environ)
