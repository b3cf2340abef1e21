"""A frame is turned first and blacked out then, so that masks lie where one sees them in the turned picture."""

from __future__ import annotations

import numpy as np
import pytest

from worker.masks import Rotation, View


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (0, 3)), (180, (1, 3)), (270, (1, 0))])
def test_rotation_is_clockwise(rotation: Rotation, corner: tuple[int, int]) -> None:
    image = np.zeros((2, 4, 3) if rotation in (0, 180) else (4, 2, 3), np.uint8)
    image[0, 0] = 255
    turned = View(rotation).of(image)
    assert turned.shape == (2, 4, 3)
    assert turned[corner].min() == 255


def test_masks_are_black_and_the_rest_is_untouched() -> None:
    left, top = ((0, 0), (0.25, 0), (0.25, 1), (0, 1)), ((0, 0), (1, 0), (1, 0.25), (0, 0.25))
    seen = View(90, [left, top]).of(np.full((80, 40, 3), 255, np.uint8))
    assert seen.shape == (40, 80, 3)
    assert seen[:10].max() == 0
    assert seen[:, :20].max() == 0
    assert seen[12:, 23:].min() == 255


def test_a_mask_follows_the_size_of_the_frame() -> None:
    view = View(0, [((0.5, 0), (1, 0), (1, 1), (0.5, 1))])
    for side in (10, 300, 40):
        seen = view.of(np.full((side, side, 3), 255, np.uint8))
        assert seen[:, side // 2 :].max() == 0
        assert seen[:, : side // 2 - 1].min() == 255
