"""Gathers, while a clip is replayed, what its report shows: tracks, decisions, and what each decision rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from amiko.config import Camera, Config
from vision.face import Face
from vision.traits import Traits
from worker.frame import Frame
from worker.pipeline import Events, Pipeline
from worker.snapshot import encode
from worker.visit import Visit
from worker.visitor import Look, Visitor

Cause = Literal["agreed", "time", "end", "unseen"]

PICTURE_HEIGHT = 320
"""Height of a look's picture in the report (px): sharp on a telephone, and still few kilobytes."""

STEP = 0.004
"""Share of the frame by which a face must have moved for its path to go on: who stands all day leaves a dot."""

STEPS_APART = 2.5
"""Sightings fewer analysed frames apart than this are one stretch of a track's bar."""


@dataclass(frozen=True)
class Shot:
    """One of the looks that a decision rests on.

    Attributes:
        quality: 0 to 1.
        good: whether it counted as a good face.
        traits: what the networks said of it, None where they were not asked.
        picture: JPEG as privacy.snapshots allows it, None where that is off.
    """

    quality: float
    good: bool
    traits: Traits | None
    picture: bytes | None


@dataclass(frozen=True)
class Decision:
    """A visitor at the moment of decision.

    Attributes:
        number: of the visitor.
        visit: as decided; after the end of the track, as it ended.
        traits: the fused distributions.
        shots: the looks, best first.
        cause: good looks "agreed", the "time" was up, the track came to its "end", or no good face was "unseen" of.
    """

    number: int
    visit: Visit
    traits: Traits
    shots: tuple[Shot, ...]
    cause: Cause


@dataclass
class Stretch:
    """A time (s) without a gap in which a track was in view, inside the zone or outside."""

    start: float
    end: float
    inside: bool


@dataclass
class Track:
    """Where and when one face was in view.

    Attributes:
        path: centres of the face, as fractions of the frame's width and height.
    """

    number: int
    stretches: list[Stretch] = field(default_factory=list)
    path: list[tuple[float, float]] = field(default_factory=list)


class Evidence:
    """What one clip showed; call `add` after every step of its replay.

    Attributes:
        tracks: by number, in the order in which they appeared.
        decisions: by visit id.
        seconds: time of the last frame.
        size: width and height of the frames (px); zeros before the first.
    """

    def __init__(self, camera: Camera, config: Config, pipeline: Pipeline) -> None:
        self.camera = camera
        self.config = config
        self.pipeline = pipeline
        self.tracks: dict[int, Track] = {}
        self.decisions: dict[str, Decision] = {}
        self.seconds = 0.0
        self.size = (0, 0)
        self._gap = STEPS_APART / config.fps_of(camera)
        pipeline.witness = self._decided

    def add(self, frame: Frame | None, events: Events) -> None:
        """Take in what the pipeline made of one frame."""
        for event in events:
            if event.kind != "new" and event.visit.id in self.decisions:
                before = self.decisions[event.visit.id]
                self.decisions[event.visit.id] = Decision(
                    before.number, event.visit, before.traits, before.shots, before.cause
                )
        if frame is None:
            return
        height, width = frame.image.shape[:2]
        self.seconds, self.size = frame.at, (width, height)
        for visitor in self.pipeline.visitors.values():
            if visitor.face is not None and visitor.last_seen == frame.at:
                self._sighted(visitor.number, visitor.face, frame.at, inside=True)
        for number, face in self.pipeline.outside:
            self._sighted(number, face, frame.at, inside=False)

    def _sighted(self, number: int, face: Face, at: float, *, inside: bool) -> None:
        track = self.tracks.setdefault(number, Track(number))
        last = track.stretches[-1] if track.stretches else None
        if last is not None and last.inside == inside and at - last.end <= self._gap:
            last.end = at
        else:
            track.stretches.append(Stretch(at, at, inside))
        x, y = face.center[0] / self.size[0], face.center[1] / self.size[1]
        if not track.path or math.dist(track.path[-1], (x, y)) >= STEP:
            track.path.append((x, y))

    def _decided(self, visitor: Visitor, visit: Visit) -> None:
        least = self.config.worker.min_quality
        shots = tuple(_shot(look, least, self.pipeline.picture(look)) for look in visitor.looks)
        self.decisions[visit.id] = Decision(visitor.number, visit, visitor.traits(), shots, _cause(visitor, visit))


def _cause(visitor: Visitor, visit: Visit) -> Cause:
    if visitor.good_looks == 0:
        return "unseen"
    if visitor.settled:
        return "agreed"
    return "time" if visitor.overdue(visit.decided) else "end"


def _shot(look: Look, least: float, picture: NDArray[np.uint8] | None) -> Shot:
    shown = None
    if picture is not None:
        height, width = picture.shape[:2]
        size = (max(1, round(width * PICTURE_HEIGHT / height)), PICTURE_HEIGHT)
        shown = encode(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    return Shot(look.quality, look.quality >= least, look.traits, shown)
