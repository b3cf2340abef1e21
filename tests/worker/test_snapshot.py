"""A snapshot shows one visitor: every other face is unrecognisable, whatever is configured for the visitor's own."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from amiko.config import Camera, Config
from routing.departments import Department
from tests.worker.conftest import ScriptedNetworks
from vision.detector import FaceDetector, working_size
from vision.face import Face
from worker.frame import Frame
from worker.pipeline import Event, Pipeline
from worker.region import Region
from worker.snapshot import portrait


@pytest.fixture(scope="module")
def couple() -> NDArray[np.uint8]:
    """Two faces side by side, near enough to stand on each other's snapshots."""
    photo = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)[:400, 130:330]
    return np.hstack([photo, photo[:, ::-1]])


def none(_: NDArray[np.uint8], _region: Region) -> list[Face]:
    """A second look that finds nothing."""
    return []


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
    assert faces_on(portrait(couple, left, []).picture(none, 352, 640)) == 2
    assert faces_on(portrait(couple, left, [right]).picture(none, 352, 640)) == 1
    assert faces_on(portrait(couple, left, [left, right]).picture(none, 352, 640)) == 0


@pytest.mark.parametrize("offset", [-1000, -260, -140, 0, 140, 260, 1000])
def test_a_face_at_the_edge_of_the_snapshot_or_beyond_is_blurred_as_far_as_it_shows(offset: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 800, 3), np.uint8)
    mine, other = (_face(400 + move, 150) for move in (0, offset))
    plain, blurred = (portrait(noise, mine, hidden).picture(none, 352, 640) for hidden in ([], [other]))
    # The picture ends 240 px from the middle; a face is blurred up to 105 px from its own.
    assert (plain != blurred).any() == (abs(offset) < 400)


@pytest.mark.parametrize(("hidden", "left_over"), [(True, 0), (False, 1)])
def test_a_face_that_was_missed_in_the_frame_is_found_on_the_snapshot(
    couple: NDArray[np.uint8], hidden: bool, left_over: int
) -> None:
    """Only the visitor's own face may be left, and only where it may be shown."""
    left, _ = sorted(FaceDetector().detect(couple), key=lambda face: face.center[0])
    snapshot = portrait(couple, left, [left] if hidden else [])
    assert faces_on(snapshot.picture(none, 352, 640)) == left_over + 1
    for size in ((352, 640), (640, 352)):  # the detector's, with a wide frame and with a high one
        assert faces_on(snapshot.picture(FaceDetector(threshold=0.2).detect, *size)) == left_over


@pytest.mark.parametrize("film", ["crowd_450p.mp4", "street_720p.mp4"])
def test_nobody_is_seen_on_the_snapshots_of_real_footage(shared_video: Path, film: str) -> None:
    """Not even by a detector twice as willing as the worker's to call something a face."""
    capture = cv2.VideoCapture(str(shared_video / film))
    willing, scores = FaceDetector(threshold=0.2, min_face=16), []
    for number in (60, 180):
        capture.set(cv2.CAP_PROP_POS_FRAMES, number)
        image = np.asarray(capture.read()[1], np.uint8)
        height, width = image.shape[:2]
        faces = willing.detect(image)
        for face in faces[:4]:
            picture = portrait(image, face, faces).picture(willing.detect, *working_size(height, width, 640))
            scores += [found.score for found in willing.detect(picture)]
    capture.release()
    assert max(scores, default=0) < 0.35


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
