"""One recording through the worker's pipeline, wherever it is done: a path in, plain values out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2

from amiko.config import Camera, Config
from amiko.config.api import ApiConfig
from amiko.config.link import LinkConfig
from amiko.config.store import DatabaseConfig
from amiko.config.telegram import TelegramConfig
from amiko.config.visitors import PrivacyConfig
from vision.runtime import TraitNetworks
from vision.threads import limit
from worker.pipeline import Arrival, Event, Events
from worker.replay import Replay
from worker.video_file import open_file


@dataclass(frozen=True)
class Analysis:
    """What came of a recording.

    Attributes:
        events: of its visitors, in order, without pictures.
        seconds: its length, or how much of it could be read.
        frames: that were analysed.
        warning: why it ended early, for a damaged one.
    """

    events: Events
    seconds: float
    frames: int
    warning: str | None


def settings(config: Config) -> Config:
    """What an analysis needs of the configuration: no secret travels to other machines, and no picture is made."""
    return config.model_copy(
        update={
            "cameras": (),
            "database": DatabaseConfig(),
            "telegram": TelegramConfig(),
            "link": LinkConfig(),
            "api": ApiConfig(),
            "privacy": PrivacyConfig(snapshots="off"),
        }
    )


def use_threads(count: int) -> None:
    """Have this process compute with so many threads; before its first analysis."""
    cv2.setNumThreads(count)
    limit(count)


def prepare(config: Config) -> None:
    """Load the networks, so that what is wrong with them is known before the first file.

    Raises:
        WeightsError: they are missing or damaged.
    """
    vision = config.vision
    _networks(vision.backend, vision.weights, vision.precision)


def analyse(path: Path, camera: Camera, config: Config, progress: Callable[[float], None] | None = None) -> Analysis:
    """Analyse a recording; `progress` is told which share of it is done.

    Raises:
        SourceError: not one frame can be read.
        WeightsError: the networks are missing or damaged.
    """
    capture, file = open_file(path)
    capture.release()
    vision = config.vision
    networks = _networks(vision.backend, vision.weights, vision.precision)
    job = Replay(path, camera, config, config.routing.as_departments(), networks)
    events: Events = []
    at, warning = 0.0, None
    for step in job.steps():
        events += [_without_picture(event) for event in step.events]
        warning = step.warning
        if step.frame is not None:
            at = step.frame.at
            if progress is not None and file.seconds:
                progress(min(1.0, at / file.seconds))
    return Analysis(events, at if warning else max(at, file.seconds), job.pipeline.analysed, warning)


# One after the other, a process may be asked with several configurations; it keeps the last one's networks.
_networks = lru_cache(maxsize=1)(TraitNetworks.load)


def _without_picture(event: Arrival | Event) -> Arrival | Event:
    return replace(event, snapshot=None) if isinstance(event, Event) else event
