"""What shop cameras do to a picture: tilt, low resolution, blur, compression, light, colour casts, things in front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]


def tilt(image: Pixels, box: Sequence[float], rng: Generator, degrees: float) -> Pixels:
    """The image turned about the middle of the box by up to `degrees` either way."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    turn = cv2.getRotationMatrix2D(middle, rng.uniform(-degrees, degrees), 1.0)
    height, width = image.shape[:2]
    turned = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cast(Pixels, turned)


def jitter(box: Sequence[float], rng: Generator, shift: float, zooms: tuple[float, float]) -> Box:
    """The box as another detector might have drawn it.

    Args:
        box: left, top, right, bottom (px).
        rng: source of chance.
        shift: largest move of the middle, as a share of the longer side.
        zooms: what its size is multiplied by, at least and at most; smaller and larger are as likely.
    """
    left, top, right, bottom = box
    side = max(right - left, bottom - top)
    x = (left + right) / 2 + rng.uniform(-shift, shift) * side
    y = (top + bottom) / 2 + rng.uniform(-shift, shift) * side
    scale = np.exp(rng.uniform(*np.log(zooms))) / 2
    half_width, half_height = (right - left) * scale, (bottom - top) * scale
    return x - half_width, y - half_height, x + half_width, y + half_height


def spoil(crop: Pixels, rng: Generator, smallest: int) -> Pixels:
    """A crop as a worse camera would have given it, of the same shape.

    Args:
        crop: (H, W, 3) uint8, BGR.
        rng: source of chance.
        smallest: least height that low resolution shrinks the crop to before it is enlarged again (px).
    """
    if rng.random() < 0.5:
        crop = np.ascontiguousarray(crop[:, ::-1])
    if rng.random() < 0.2:
        crop = _low_resolution(crop, rng, smallest)
    if rng.random() < 0.1:
        crop = _blur(crop, rng)
    if rng.random() < 0.5:
        crop = _light(crop, rng)
    if rng.random() < 0.2:
        crop = _cover(crop, rng)
    if rng.random() < 0.08:
        noise = rng.normal(0, rng.uniform(3, 14), crop.shape).astype(np.int16)
        crop = np.clip(crop.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        crop = _compress(crop, rng)
    return crop


def _low_resolution(crop: Pixels, rng: Generator, smallest: int) -> Pixels:
    height, width = crop.shape[:2]
    small = int(rng.integers(smallest, height))
    shrunk = cv2.resize(crop, (max(small * width // height, 1), small), interpolation=cv2.INTER_AREA)
    return cast(Pixels, cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR))


def _blur(crop: Pixels, rng: Generator) -> Pixels:
    if rng.random() < 0.5:
        return cast(Pixels, cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.4, 1.8)))
    length = int(rng.integers(3, 8))
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1.0)
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    kernel: Any = cv2.warpAffine(line, turn, (length, length))
    return cast(Pixels, cv2.filter2D(crop, -1, kernel / max(float(kernel.sum()), 1e-3)))


def _light(crop: Pixels, rng: Generator) -> Pixels:
    """Gamma, contrast, brightness and a colour cast through one look-up table; sometimes no colour at all."""
    if rng.random() < 0.1:
        crop = np.repeat(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)[:, :, None], 3, 2)
    levels = np.linspace(0, 1, 256)[:, None] ** np.exp(rng.uniform(-0.5, 0.5))
    tint = np.exp(rng.uniform(-0.15, 0.15, 3))
    contrast, brightness = rng.uniform(0.65, 1.3), rng.uniform(-0.15, 0.15)
    table = ((levels * tint - 0.5) * contrast + 0.5 + brightness) * 255
    return cast(Pixels, cv2.LUT(crop, np.clip(table, 0, 255).astype(np.uint8)[:, None, :]))


def _cover(crop: Pixels, rng: Generator) -> Pixels:
    """A plain rectangle in front: a hand, a mask, a shelf."""
    height, width = crop.shape[:2]
    tall, wide = int(height * rng.uniform(0.1, 0.4)), int(width * rng.uniform(0.1, 0.5))
    top, left = int(rng.integers(0, height - tall)), int(rng.integers(0, width - wide))
    covered = crop.copy()
    covered[top : top + tall, left : left + wide] = rng.integers(0, 256, 3)
    return covered


def _compress(crop: Pixels, rng: Generator) -> Pixels:
    _, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 85))])
    return cast(Pixels, cv2.imdecode(data, cv2.IMREAD_COLOR))
