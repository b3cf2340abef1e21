"""While somebody is in view every other frame is searched, and faces are followed in between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.worker.test_flow import face, scene
from vision.detector import FaceDetector
from vision.face import Face
from worker.finder import Finder


class Told(FaceDetector):
    """Finds what it is told to."""

    def __init__(self, *faces: Face) -> None:
        self.faces = faces

    def detect(self, frame: NDArray[np.uint8], region: tuple[float, float, float, float] | None = None) -> list[Face]:
        return list(self.faces)


def searched(finder: Finder, fps: float, *, closely: bool = False) -> list[bool]:
    """Of eight frames in which somebody walks."""
    return [finder.find(scene((100 + 10 * step, 100)), step / fps, [], closely=closely).searched for step in range(8)]


def test_every_other_frame_is_searched_while_somebody_is_in_view() -> None:
    assert searched(Finder(Told(face(100, 100)), 2.0), 8) == [True, False] * 4


def test_every_frame_is_where_they_come_slowly_or_somebody_is_being_judged() -> None:
    assert searched(Finder(Told(face(100, 100)), 2.0), 4) == [True] * 8
    assert searched(Finder(Told(face(100, 100)), 2.0), 8, closely=True) == [True] * 8


def test_a_followed_face_is_where_it_went() -> None:
    finder = Finder(Told(face(100, 100)), 2.0)
    finder.find(scene((100, 100)), 0.0, [], closely=False)
    (followed,) = finder.find(scene((115, 100)), 0.125, [], closely=False).faces
    assert abs(followed.box[0] - face(115, 100).box[0]) < 1.5
