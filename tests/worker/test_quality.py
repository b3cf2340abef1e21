"""Quality falls where a face is small, turned away, blurred or dark."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.detector import FaceDetector
from vision.face import Face
from worker.quality import frontality, quality


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return np.asarray(cv2.imread(str(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg")), np.uint8)


@pytest.fixture(scope="module")
def face(photo: NDArray[np.uint8]) -> Face:
    return FaceDetector().detect(photo)[0]


def test_a_portrait_is_good(photo: NDArray[np.uint8], face: Face) -> None:
    assert quality(photo, face) > 0.8


def test_blur_and_darkness_lower_it(photo: NDArray[np.uint8], face: Face) -> None:
    best = quality(photo, face)
    assert quality(np.asarray(cv2.GaussianBlur(photo, (0, 0), 8), np.uint8), face) < 0.85 * best
    assert quality((photo * 0.08).astype(np.uint8), face) < 0.85 * best


def test_a_small_face_is_worse_than_the_same_face_large(photo: NDArray[np.uint8], face: Face) -> None:
    scale = 20 / face.width
    small = np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    left, top, right, bottom = (edge * scale for edge in face.box)
    shrunk = Face((left, top, right, bottom), face.score, face.landmarks * scale)
    assert quality(small, shrunk) < 0.85 * quality(photo, face)


@pytest.mark.parametrize(("nose", "expected"), [(50, 1.0), (35, 0.5), (20, 0.0), (0, 0.0), (80, 0.0)])
def test_frontality_is_where_the_nose_stands_between_the_eyes(nose: float, expected: float) -> None:
    points = np.array([[20, 40], [80, 40], [nose, 60], [30, 80], [70, 80]], np.float32)
    assert frontality(Face((0, 0, 100, 100), 1.0, points)) == pytest.approx(expected)


def test_a_box_without_pixels_has_no_quality() -> None:
    outside = Face((200, 200, 210, 210), 1.0, np.zeros((5, 2), np.float32))
    assert quality(np.zeros((10, 10, 3), np.uint8), outside) == 0
