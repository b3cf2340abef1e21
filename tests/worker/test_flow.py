"""Faces are followed from one frame to the next where their pixels went, and let go where those are gone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.face import Face
from worker.flow import Flow

HEIGHT, WIDTH = 360, 640


def texture(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Something that can be told from its surroundings, as a face can."""
    small = np.random.default_rng(seed).integers(0, 255, (height // 12, width // 12, 3), np.uint8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def scene(*places: tuple[int, int]) -> NDArray[np.uint8]:
    """Heads of 60 px at these places (x, y), before one wall."""
    image = texture(HEIGHT, WIDTH, 0)
    for seed, (x, y) in enumerate(places, 1):
        image[y : y + 60, x : x + 60] = texture(60, 60, seed)
    return image


def face(x: float, y: float) -> Face:
    return Face((x + 5, y + 5, x + 55, y + 55), 0.9, np.full((5, 2), (x + 30, y + 30), np.float32))


def test_a_face_is_followed_with_its_landmarks() -> None:
    flow = Flow()
    flow.start(scene((100, 100), (400, 200)), [face(100, 100), face(400, 200)])
    one, other = flow.follow(scene((120, 110), (385, 195)))
    assert one.box == pytest.approx(face(120, 110).box, abs=1.5)
    assert one.landmarks == pytest.approx(face(120, 110).landmarks, abs=1.5)
    assert other.box == pytest.approx(face(385, 195).box, abs=1.5)


def test_it_is_followed_on_from_where_it_was_followed_to() -> None:
    flow = Flow()
    flow.start(scene((100, 100)), [face(100, 100)])
    for step in range(1, 5):
        (followed,) = flow.follow(scene((100 + 10 * step, 100)))
    assert followed.box == pytest.approx(face(140, 100).box, abs=3)


def test_who_is_hidden_is_let_go() -> None:
    flow = Flow()
    flow.start(scene((100, 100)), [face(100, 100)])
    assert flow.follow(scene()) == []
    assert flow.faces == []


def test_a_face_that_leaves_the_frame_is_cut_off_at_its_edge_and_then_let_go() -> None:
    flow = Flow()
    flow.start(scene((570, 100)), [face(570, 100)])
    moved = scene()
    moved[100:160, 590:640] = texture(60, 60, 1)[:, :50]
    (followed,) = flow.follow(moved)
    assert followed.box[2] <= WIDTH


def test_a_camera_that_changes_its_resolution_begins_anew() -> None:
    flow = Flow()
    flow.start(scene((100, 100)), [face(100, 100)])
    assert flow.follow(np.zeros((240, 320, 3), np.uint8)) == []
