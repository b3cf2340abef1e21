"""A snapshot shows one visitor: every other face is unrecognisable, whatever is configured for the visitor's own."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from amiko.config import Camera, Config
from routing.departments import Department
from tests.worker.conftest import ScriptedNetworks
from vision.detector import FaceDetector
from vision.face import Face
from worker.frame import Frame
from worker.pipeline import Event, Pipeline
from worker.snapshot import portrait


@pytest.fixture(scope="module")
def couple() -> NDArray[np.uint8]:
    """Two faces side by side, near enough to stand on each other's snapshots."""
    photo = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)[:400, 130:330]
    return np.hstack([photo, photo[:, ::-1]])


def faces_on(picture: NDArray[np.uint8]) -> int:
    return len(FaceDetector(threshold=0.3).detect(picture))


def decided(couple: NDArray[np.uint8], snapshots: str) -> list[Event]:
    """Both stay for three seconds and sway a little, as people do."""
    config = Config.model_validate({"privacy": {"snapshots": snapshots}})
    pipeline = Pipeline(Camera(name="door", url=0), config, (Department("any", {}),), ScriptedNetworks(), str)
    events = []
    for step in range(24):
        shift = np.array([[1, 0, 12 * math.sin(step)], [0, 1, 0]], np.float32)
        image = np.asarray(cv2.warpAffine(couple, shift, couple.shape[1::-1], borderMode=cv2.BORDER_REFLECT), np.uint8)
        events += pipeline.process(Frame(image, step / 8))
    return [event for event in events + pipeline.finish() if event.kind == "decided"]


def test_both_faces_are_seen_unless_one_is_blurred(couple: NDArray[np.uint8]) -> None:
    left, right = sorted(FaceDetector().detect(couple), key=lambda face: face.center[0])
    assert faces_on(portrait(couple, left, [])) == 2
    assert faces_on(portrait(couple, left, [right])) == 1
    assert faces_on(portrait(couple, left, [left, right])) == 0


@pytest.mark.parametrize("offset", [-1000, -260, -140, 0, 140, 260, 1000])
def test_a_face_at_the_edge_of_the_snapshot_or_beyond_is_blurred_as_far_as_it_shows(offset: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 800, 3), np.uint8)
    mine, other = (_face(400 + move, 150) for move in (0, offset))
    plain, blurred = portrait(noise, mine, []), portrait(noise, mine, [other])
    # Half a face width beyond the middle of the picture's edge, and less, is on the picture.
    assert (plain != blurred).any() == (abs(offset) < 400)


def _face(x: float, y: float) -> Face:
    return Face((x - 50, y - 60, x + 50, y + 60), np.zeros((5, 2), np.float32), 0.9)


@pytest.mark.parametrize(("snapshots", "shown"), [("clear", 1), ("blurred", 0)])
def test_of_two_people_each_snapshot_shows_at_most_its_own(
    couple: NDArray[np.uint8], snapshots: str, shown: int
) -> None:
    events = decided(couple, snapshots)
    assert len(events) == 2
    for event in events:
        assert event.snapshot is not None
        picture = cv2.imdecode(np.frombuffer(event.snapshot, np.uint8), cv2.IMREAD_COLOR)
        assert faces_on(np.asarray(picture, np.uint8)) == shown
