"""Pictures spoilt as shop cameras spoil them, and mixed in pairs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from skimage import data

from vision.training.augment import jitter, spoil, tilt
from vision.training.mixing import mix


@pytest.mark.parametrize("shape", [(112, 112, 3), (288, 200, 3)])
def test_a_spoilt_crop_keeps_its_shape_and_its_subject(shape: tuple[int, int, int]) -> None:
    crop = cv2.resize(data.astronaut(), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    changed = 0
    for seed in range(60):
        spoilt = spoil(crop, np.random.default_rng(seed), smallest=20)
        assert spoilt.shape == shape
        assert spoilt.dtype == np.uint8
        assert np.ptp(spoilt) > 60
        changed += not np.array_equal(spoilt, crop)
    assert changed > 50


def test_a_jittered_box_stays_near() -> None:
    rng = np.random.default_rng(0)
    boxes = np.array([jitter((100, 100, 180, 200), rng, shift=0.1, zooms=(0.9, 1.1)) for _ in range(200)])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert np.abs(middles - (140, 150)).max() <= 10
    assert np.abs((boxes[:, 3] - boxes[:, 1]) / 100 - 1).max() <= 0.11
    assert len(np.unique(boxes[:, 0])) == 200


def test_a_tilted_picture_keeps_the_middle_of_the_box() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[28:33, 58:63] = 255
    turned = tilt(image, (50, 20, 70, 40), np.random.default_rng(1), degrees=30)
    assert turned[30, 60].min() == 255
    assert turned.shape == image.shape


def test_a_mixture_answers_for_both_of_its_pictures() -> None:
    torch.manual_seed(3)
    pixels = torch.arange(4.0).reshape(4, 1, 1, 1).expand(4, 3, 2, 2)
    mixture = mix(pixels)
    expected = mixture.share * pixels + (1 - mixture.share) * pixels[mixture.order]
    torch.testing.assert_close(mixture.pixels, expected)
    # A loss that asks what was mixed in gets the same blend of labels as of pixels.
    labels = torch.arange(4.0)
    blend = mixture.loss(lambda order: labels[order])
    torch.testing.assert_close(blend, mixture.pixels[:, 0, 0, 0])
