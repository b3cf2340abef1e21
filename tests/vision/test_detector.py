"""The face detector finds real faces, at any size of frame, with landmarks where they belong."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.detector import FaceDetector, working_size


@pytest.fixture(scope="module")
def portrait() -> NDArray[np.uint8]:
    """Grace Hopper, 512 x 606 px; her face is about 150 px wide, in the middle of the upper half."""
    photo = cv2.imread(str(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"))
    assert photo is not None
    return np.asarray(photo, np.uint8)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(min_face=10)


def test_it_finds_the_one_face_of_a_portrait(detector: FaceDetector, portrait: NDArray[np.uint8]) -> None:
    (face,) = detector.detect(portrait)
    left, top, right, bottom = face.box
    assert 150 < left < 230
    assert 290 < right < 370
    assert 60 < top < 150
    assert 240 < bottom < 340
    assert face.score > 0.6


def test_landmarks_stand_as_in_a_face(detector: FaceDetector, portrait: NDArray[np.uint8]) -> None:
    (face,) = detector.detect(portrait)
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    assert right_mouth[0] < left_mouth[0]


@pytest.mark.parametrize("scale", [0.25, 0.5, 2.0, 3.0])
def test_the_box_scales_with_the_frame(detector: FaceDetector, portrait: NDArray[np.uint8], scale: float) -> None:
    (whole,) = detector.detect(portrait)
    scaled = np.asarray(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    (face,) = detector.detect(scaled)
    assert np.array(face.box) / scale == pytest.approx(np.array(whole.box), abs=16)


def test_each_of_two_faces_is_found_once(detector: FaceDetector, portrait: NDArray[np.uint8]) -> None:
    both = detector.detect(np.hstack([portrait, portrait]))
    assert len(both) == 2
    assert abs(both[0].center[0] - both[1].center[0]) == pytest.approx(512, abs=16)


def test_faces_narrower_than_the_least_width_are_left_out(portrait: NDArray[np.uint8]) -> None:
    assert FaceDetector(min_face=400).detect(portrait) == []


@pytest.mark.parametrize("shape", [(1, 1), (7, 500), (480, 640)])
def test_a_picture_without_a_face_has_none(detector: FaceDetector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.full((*shape, 3), 128, np.uint8)) == []


@pytest.mark.parametrize(
    ("frame", "expected"),
    [((720, 1280), (352, 640)), ((450, 800), (352, 640)), ((270, 480), (256, 480)), ((1, 1), (32, 32))],
)
def test_the_working_size_keeps_the_shape_and_never_enlarges(frame: tuple[int, int], expected: tuple[int, int]) -> None:
    assert working_size(*frame, long_side=640) == expected


def test_a_face_in_the_part_that_is_searched_is_found_where_it_is(
    detector: FaceDetector, portrait: NDArray[np.uint8]
) -> None:
    four = np.vstack([np.hstack([portrait, portrait])] * 2)
    whole = detector.detect(four)
    assert len(whole) == 4
    wanted = max(whole, key=lambda face: sum(face.center))
    found = detector.detect(four, wanted.box)
    nearest = max(found, key=lambda face: sum(face.center))
    assert len(found) < 4
    assert np.array(nearest.box) == pytest.approx(np.array(wanted.box), abs=8)
    assert nearest.landmarks == pytest.approx(wanted.landmarks, abs=8)


def test_larger_least_faces_are_sought_in_smaller_pictures(portrait: NDArray[np.uint8]) -> None:
    """Of a face 150 px wide no more than 30 px are looked at, so a tenth as small is not found any more."""
    small = np.asarray(cv2.resize(portrait, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA), np.uint8)
    scene = np.full_like(portrait, 128)
    scene[: small.shape[0], : small.shape[1]] = small
    assert len(FaceDetector(min_face=8).detect(scene)) == 1
    assert FaceDetector(min_face=40).detect(scene) == []
    assert len(FaceDetector(min_face=40).detect(portrait)) == 1
