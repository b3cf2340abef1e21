"""A window holds what is to be searched, in one of few sizes, and knows which faces it cuts off."""

from __future__ import annotations

import numpy as np
import pytest

from vision.window import MULTIPLE, Window, sizes

PICTURE = (288, 512)


@pytest.mark.parametrize(
    "region",
    [
        (0, 0, 512, 288),
        (10, 10, 20, 20),
        (250, 0, 262, 288),
        (300, 200, 511, 287),
        (-50, -50, 600, 40),
        (31, 5, 289, 6),
    ],
)
def test_it_holds_the_region_and_lies_in_the_picture(region: tuple[float, float, float, float]) -> None:
    window = Window.around(PICTURE, region)
    left, top, right, bottom = window.box
    assert left <= max(region[0], 0)
    assert top <= max(region[1], 0)
    assert right >= min(region[2], 512)
    assert bottom >= min(region[3], 288)
    assert left >= 0
    assert top >= 0
    assert right <= 512
    assert bottom <= 288


def test_there_are_four_sizes_that_the_network_takes() -> None:
    assert sizes(PICTURE) == [(224, 256), (224, 512), (288, 256), (288, 512)]
    rng = np.random.default_rng(0)
    for corners in rng.uniform(0, 512, (200, 4)):
        left, right = sorted(corners[:2])
        top, bottom = sorted(corners[2:])
        window = Window.around(PICTURE, (left, top, right, bottom))
        assert window.size in sizes(PICTURE)
        assert window.size[0] % MULTIPLE == window.size[1] % MULTIPLE == 0


def test_a_small_picture_has_one_window() -> None:
    assert Window.around((32, 32), (1, 1, 2, 2)).box == (0, 0, 32, 32)


def test_faces_that_its_edges_cut_off_are_told_from_whole_ones() -> None:
    window = Window.around(PICTURE, (300, 100, 400, 200))
    assert window.box == (256, 64, 512, 288)
    cut, whole, at_the_pictures_edge = (0, 50, 30, 80), (20, 50, 60, 80), (200, 180, 256, 224)
    assert window.whole(np.array([cut, whole, at_the_pictures_edge], np.float32)).tolist() == [False, True, True]
