"""Crops: what the networks see is cut the same way whatever the box, and nonsense is refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.crops import BODY_SIZE, GREY, Views, body_crop, body_later, face_crop, face_view, face_views, whole_body
from vision.labelled.source import read_pictures

FAIRFACE = Path(__file__).parents[3] / "shared/data/faces/fairface.zip"

coordinate = st.floats(-1e9, 1e9) | st.floats(-200, 200)


def checkerboard(height: int, width: int) -> np.ndarray:
    tiles = np.indices((height, width)).sum(axis=0) // 8 % 2
    return np.repeat((tiles * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def test_a_face_is_cut_as_a_square_of_1_3_times_its_longer_side() -> None:
    image = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    # 100 px is the longer side, so the square reaches 65 px from the middle (300, 200).
    crop = face_crop(image, (260, 150, 340, 250))
    expected = cv2.resize(image[135:265, 235:365], (112, 112), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(crop, expected)


def test_a_small_face_is_enlarged_smoothly() -> None:
    image = checkerboard(100, 100)
    crop = face_crop(image, (40, 40, 60, 60))
    expected = cv2.resize(image[37:63, 37:63], (112, 112), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(crop, expected)


def test_what_lies_outside_the_picture_repeats_its_edge_in_a_face_crop() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, :5] = (10, 20, 30)
    crop = face_crop(image, (-50, 0, 50, 100))
    assert (crop[:, :50] == (10, 20, 30)).all()
    assert (crop[:, 65:] == 0).all()


def test_what_lies_outside_the_picture_is_grey_in_a_body_crop() -> None:
    image = np.full((100, 100, 3), 255, np.uint8)
    # Nine face heights from 0.6 above the box: the lower two thirds are below this picture.
    crop = body_crop(image, (40, 30, 60, 60))
    assert (crop[96:] == GREY).all()
    assert (crop[20:80, 60:140] == 255).all()


def test_the_face_stands_at_the_top_middle_of_the_body_crop() -> None:
    image = np.zeros((1000, 800, 3), np.uint8)
    image[100:180, 370:430] = 255
    rows, columns = np.nonzero(body_crop(image, (370, 100, 430, 180))[:, :, 0] > 127)
    px_per_face = BODY_SIZE[0] / 9.0
    assert rows.min() == pytest.approx(0.6 * px_per_face, abs=1)
    assert rows.max() - rows.min() + 1 == pytest.approx(px_per_face, abs=2)
    assert (columns.min() + columns.max()) / 2 == pytest.approx((BODY_SIZE[1] - 1) / 2, abs=1)


def test_a_whole_photo_is_letterboxed_without_distortion() -> None:
    crop = whole_body(np.full((176, 176, 3), 255, np.uint8))
    assert (crop[44:244] == 255).all()
    assert (crop[:44] == GREY).all()
    assert (crop[244:] == GREY).all()


@settings(max_examples=200, deadline=None)
@given(st.tuples(coordinate, coordinate), st.tuples(coordinate, coordinate), st.integers(1, 40), st.integers(1, 40))
def test_any_finite_box_on_any_picture_gives_a_crop_of_the_right_shape(
    xs: tuple[float, float], ys: tuple[float, float], height: int, width: int
) -> None:
    image = np.full((height, width, 3), 77, np.uint8)
    box = (min(xs), min(ys), max(xs), max(ys))
    face, body = face_crop(image, box), body_crop(image, box)
    assert face.shape == (112, 112, 3)
    assert (face == 77).all()
    assert body.shape == (288, 200, 3)
    assert np.isin(body, (77, 127)).all()


def test_a_face_is_seen_nearer_and_then_farther_away_and_mirrored() -> None:
    image = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    near, far = face_views(image, (150, 150, 250, 250))
    np.testing.assert_array_equal(near, face_crop(image, (154, 154, 246, 246)))
    np.testing.assert_array_equal(far, face_crop(image, (146, 146, 254, 254))[:, ::-1])
    np.testing.assert_array_equal(face_view(image, (150, 150, 250, 250), 7), far)
    nearer, farther = face_views(image, (150, 150, 250, 250), Views(0.8, 1.2))
    np.testing.assert_array_equal(nearer, face_crop(image, (160, 160, 240, 240)))
    np.testing.assert_array_equal(farther, face_crop(image, (140, 140, 260, 260))[:, ::-1])
    for views, far_size in ((Views(0.8, 1.2, 144), 144), (Views(0.8, 1.2, 144, 96), 96)):
        large, farther = face_views(image, (150, 150, 250, 250), views)
        np.testing.assert_array_equal(large, face_crop(image, (160, 160, 240, 240), 144))
        np.testing.assert_array_equal(farther, face_crop(image, (140, 140, 260, 260), far_size)[:, ::-1])


@pytest.mark.parametrize("cut", [face_crop, body_crop])
def test_a_box_wholly_outside_still_gives_a_crop(cut: type) -> None:
    image = checkerboard(50, 50)
    for box in [(-90, 10, -60, 40), (60, 10, 90, 40), (10, -500, 40, -400), (10, 600, 40, 700)]:
        assert cut(image, box).dtype == np.uint8


@pytest.mark.parametrize("cut", [face_crop, body_crop])
@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ((0, 0, float("nan"), 5), "finite"),
        ((0, 0, float("inf"), 5), "finite"),
        ((0, 0, 1e300, 5), "finite"),
        ((5, 0, 0, 5), "left <= right"),
        ((0, 0, 5), "3 numbers"),
    ],
)
def test_an_impossible_box_is_refused(cut: type, box: tuple[float, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        cut(np.zeros((10, 10, 3), np.uint8), box)


@pytest.mark.parametrize("cut", [face_crop, body_crop])
@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.uint16),
        np.full((10, 10, 3), np.nan, np.float32),
        np.zeros((0, 10, 3), np.uint8),
        "a picture",
    ],
    ids=["grey", "with alpha", "16 bit", "float", "empty", "text"],
)
def test_a_picture_of_another_kind_is_refused(cut: type, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a crop needs an image"):
        cut(image, (0, 0, 5, 5))


@pytest.mark.skipif(not FAIRFACE.exists(), reason="the FairFace crops of ../shared/data are not here")
def test_a_training_face_cut_by_its_own_box_is_the_whole_training_picture() -> None:
    for picture in itertools.islice(read_pictures(FAIRFACE), 50):
        assert picture.box is not None
        whole = cv2.resize(picture.image, (112, 112), interpolation=cv2.INTER_AREA)
        difference = np.abs(face_crop(picture.image, picture.box).astype(int) - whole)
        assert np.median(difference) <= 3


@pytest.mark.parametrize("box", [(40, 20, 70, 60), (-10, -5, 25, 30), (300, 200, 330, 238), (10.4, 9.6, 150.2, 190.1)])
def test_a_body_cut_later_is_the_same_though_the_frame_has_changed(box: tuple[float, float, float, float]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    now, later = body_crop(image, box), body_later(image, box)
    image[:] = 0
    assert np.array_equal(later(), now)
