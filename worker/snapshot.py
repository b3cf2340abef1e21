"""The picture on a card: the visitor from the head to the waist, every face in it blurred unless asked otherwise."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face import Face

HEIGHT = 480
"""Height of the picture (px)."""

FACES_WIDE, FACES_TALL = 4.0, 5.0
"""Size of the picture in face heights: shoulders and chest, enough to know the visitor by their clothes."""

BLUR_MARGIN = 0.45
"""A face is blurred this share of its size beyond its box: ears, hair line and chin identify too."""

BLUR_BLOCKS = 6
"""A blurred face keeps this many colour blocks a side: skin and hair tone, nothing to recognise."""


def portrait(image: NDArray[np.uint8], face: Face, blurred: Iterable[Face]) -> NDArray[np.uint8]:
    """The visitor around `face` in a BGR frame, with each of `blurred` made unrecognisable.

    Returns:
        BGR picture HEIGHT px high; smaller regions are enlarged. What lies outside the frame is left out.
    """
    x, y = face.center
    unit = max(face.width, face.height)
    left, right = (int(np.clip(x + side * unit * FACES_WIDE / 2, 0, image.shape[1])) for side in (-1, 1))
    top, bottom = (int(np.clip(y + edge * unit, 0, image.shape[0])) for edge in (-1.2, FACES_TALL - 1.2))
    if left >= right or top >= bottom:
        left, top, right, bottom = 0, 0, image.shape[1], image.shape[0]
    # Only what is shown is copied and blurred: a look is taken of every good face of every frame.
    region = image[top:bottom, left:right].copy()
    for other in blurred:
        _blur(region, other, (left, top))
    width = max(1, round(region.shape[1] * HEIGHT / region.shape[0]))
    return np.asarray(cv2.resize(region, (width, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def encode(picture: NDArray[np.uint8]) -> bytes:
    """The picture as JPEG bytes."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return bytes(data)


def _blur(region: NDArray[np.uint8], face: Face, corner: tuple[int, int]) -> None:
    """Replace an oval around a face by a few blocks of its colours, in place; `corner` is where the region begins."""
    x, y = face.center[0] - corner[0], face.center[1] - corner[1]
    half_x, half_y = face.width * (0.5 + BLUR_MARGIN), face.height * (0.5 + BLUR_MARGIN)
    left, top = max(0, round(x - half_x)), max(0, round(y - half_y))
    patch = region[top : max(0, round(y + half_y)), left : max(0, round(x + half_x))]
    if patch.size == 0:
        return
    height, width = patch.shape[:2]
    blocks = cv2.resize(patch, (BLUR_BLOCKS, BLUR_BLOCKS), interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(blocks, (width, height), interpolation=cv2.INTER_LINEAR)
    oval = np.zeros((height, width, 1), np.uint8)
    cv2.ellipse(oval, (round(x) - left, round(y) - top), (round(half_x), round(half_y)), 0, 0, 360, 1, -1)
    patch[:] = np.where(oval, smooth, patch)
