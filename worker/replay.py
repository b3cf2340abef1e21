"""Replays a video file through exactly the worker's pipeline, with the file's own clock."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amiko.config import Camera, Config
from routing.departments import Department
from worker.errors import SourceError
from worker.frame import Frame
from worker.masks import View
from worker.networks import Networks
from worker.pipeline import Events, Pipeline
from worker.video_file import read_file

NAMESPACE = uuid.UUID("6f1e5a4e-8f52-4d0c-9a53-0f7c0d1a2b3c")
"""Fixed, so that the same file gives the same visit ids on every machine."""


@dataclass(frozen=True, eq=False)
class Step:
    """One analysed frame of a replay, or its end.

    Attributes:
        frame: None after the last one.
        events: what came of it.
        warning: why the file ended early, with the last step of a damaged file.
    """

    frame: Frame | None
    events: Events
    warning: str | None = None


def visit_ids(path: Path, camera: Camera, config: Config, run: str = "") -> Callable[[int], str]:
    """The ids of a file's visits: a hash of the file's bytes, the camera, and the settings that shape a visit.

    Not of what the file is called and where it lies, so that it gives the same ids on every machine.

    Args:
        run: anything that tells one run from another, where each run's visits are new ones.
    """
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    seen_as = camera.model_dump_json(exclude={"url"})
    settings = seen_as + "".join(part.model_dump_json() for part in (config.vision, config.worker, config.routing))
    digest = hashlib.sha256(f"{content}{settings}{run}".encode()).hexdigest()
    return lambda number: str(uuid.uuid5(NAMESPACE, f"{digest}/{number}"))


class Replay:
    """One file's way through the pipeline.

    Attributes:
        pipeline: shows who is in view after each step, for drawing.

    Raises:
        SourceError: the file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        camera: Camera,
        config: Config,
        departments: Sequence[Department],
        networks: Networks,
        run: str = "",
    ) -> None:
        self._path = path
        self._fps = config.fps_of(camera)
        self._view = View(camera.rotation, camera.masks)
        self.pipeline = Pipeline(camera, config, departments, networks, visit_ids(path, camera, config, run))

    def steps(self, *, realtime: bool = False) -> Iterator[Step]:
        """Analyse the file frame by frame, as fast as the machine allows or at the file's own pace.

        Raises:
            SourceError: not one frame can be read.
        """
        started = time.monotonic()
        warning = None
        try:
            for raw in read_file(self._path, self._fps):
                frame = Frame(self._view.of(raw.image), raw.at)
                if realtime:
                    time.sleep(max(0.0, started + frame.at - time.monotonic()))
                yield Step(frame, self.pipeline.process(frame))
        except SourceError as error:
            if self.pipeline.analysed == 0:
                raise
            warning = str(error)
        yield Step(None, self.pipeline.finish(), warning)
