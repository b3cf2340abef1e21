"""Cutting a face and a body out of a picture: the same two functions for training and for serving."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

FACE_SIZE = 112
# Chosen by cross-validation of ImageNet features on street photos: 208, 272 and 336 px of height gave a mean ROC-AUC of
# 0.766, 0.787 and 0.793.
BODY_SIZE = (288, 200)

# FairFace was cut so: a square of 1.3 x the longer side of the face box.
FACE_MARGIN = 1.3
# Chosen on 1,784 full-length street photos, which end (median) 0.9 face heights above the face box's top and 10 below
# it: 0.6 holds hair and hats, and 9 in all everything but the feet, which say little and would cost resolution.
BODY_ABOVE = 0.6
BODY_HEIGHT = 9.0
# Times the size of a body crop, up to which pixels are kept to cut it later: faces up to 64 px high.
MOST_KEPT = 4
GREY = (127, 127, 127)
# A box beyond this is no detection, and would overflow further on (px).
FARTHEST = 1e9


@dataclass(frozen=True)
class Views:
    """The two views in which weights read a face: nearer, and farther away and mirrored.

    Together they beat one crop and its mirror image at the same cost. Nearer, a crop shows little but the face, in more
    detail; farther away, hair and neck too.

    Attributes:
        near, far: what the square of face_crop is multiplied by.
        size: height and width of the crops (px).
        far_size: of those of the farther view, where they are of another size (px).
    """

    near: float = 0.92
    far: float = 1.08
    size: int = FACE_SIZE
    far_size: int | None = None

    @property
    def zooms(self) -> tuple[float, float]:
        """Of the nearer view, then of the farther one."""
        return self.near, self.far

    @property
    def sizes(self) -> tuple[int, int]:
        """Of the crops of the nearer view, then of the farther one (px)."""
        return self.size, self.far_size or self.size


VIEWS = Views()


def face_crop(image: Pixels, box: Sequence[float], size: int = FACE_SIZE) -> Pixels:
    """The face as the age and gender networks want it.

    Args:
        image: (H, W, 3) uint8, BGR.
        box: left, top, right, bottom of the face (px); it may reach outside the image.
        size: height and width of the crop (px).

    Returns:
        (size, size, 3) uint8: the square of 1.3 x the longer box side around the box centre. What lies outside the
        image repeats its edge.

    Raises:
        ValueError: the image is not uint8 HxWx3, or the box is no finite box.
    """
    left, top, right, bottom = _checked(image, box)
    side = max(right - left, bottom - top, 1.0) * FACE_MARGIN
    corner = ((left + right - side) / 2, (top + bottom - side) / 2)
    return _cut(image, corner, (side, side), (size, size), None)


def face_view(image: Pixels, box: Sequence[float], turn: int, views: Views = VIEWS) -> Pixels:
    """One of the two views in which a face is read, as a crop like face_crop's.

    Args:
        image, box: as for face_crop.
        turn: where it is even, the face nearer; where it is odd, farther away, and mirrored.
        views: as the weights want them (vision.runtime.TraitNetworks.views).

    Raises:
        ValueError: as face_crop does.
    """
    left, top, right, bottom = _checked(image, box)
    x, y, zoom = (left + right) / 2, (top + bottom) / 2, views.zooms[turn % 2] / 2
    wide, high = (right - left) * zoom, (bottom - top) * zoom
    crop = face_crop(image, (x - wide, y - high, x + wide, y + high), views.sizes[turn % 2])
    return np.ascontiguousarray(crop[:, ::-1]) if turn % 2 else crop


def face_views(image: Pixels, box: Sequence[float], views: Views = VIEWS) -> tuple[Pixels, Pixels]:
    """Both views of a face, the nearer one first; arguments and errors as for face_view."""
    return face_view(image, box, 0, views), face_view(image, box, 1, views)


def body_crop(image: Pixels, box: Sequence[float]) -> Pixels:
    """The person who stands below their face, as the attire network wants them.

    Args:
        image: (H, W, 3) uint8, BGR.
        box: left, top, right, bottom of the face (px); it may reach outside the image.

    Returns:
        (288, 200, 3) uint8: from 0.6 face heights above the box, 9 face heights tall. What lies outside the
        image is grey.

    Raises:
        ValueError: the image is not uint8 HxWx3, or the box is no finite box.
    """
    left, top, right, bottom = _checked(image, box)
    face = max(bottom - top, 1.0)
    height = BODY_HEIGHT * face
    width = height * BODY_SIZE[1] / BODY_SIZE[0]
    corner = ((left + right - width) / 2, top - BODY_ABOVE * face)
    return _cut(image, corner, (width, height), (BODY_SIZE[1], BODY_SIZE[0]), GREY)


def body_later(image: Pixels, box: Sequence[float]) -> Callable[[], Pixels]:
    """What cuts body_crop's crop when it is called: most crops of somebody in view are never read.

    Until then it holds a copy of what it needs of the image; where that takes much more than the crop, the crop.

    Args:
        image, box: as for body_crop.

    Raises:
        ValueError: as body_crop does.
    """
    left, top, right, bottom = _checked(image, box)
    face = max(bottom - top, 1.0)
    height = BODY_HEIGHT * face
    half = height * BODY_SIZE[1] / BODY_SIZE[0] / 2
    x, y = (left + right) / 2, top - BODY_ABOVE * face
    first, above = max(0, math.floor(x - half) - 1), max(0, math.floor(y) - 1)
    part = image[above : max(0, math.ceil(y + height) + 1), first : max(0, math.ceil(x + half) + 1)]
    if part.size == 0 or part.size > MOST_KEPT * BODY_SIZE[0] * BODY_SIZE[1] * 3:
        crop = body_crop(image, box)
        return lambda: crop
    kept = part.copy()
    return lambda: body_crop(kept, (left - first, top - above, right - first, bottom - above))


def whole_body(image: Pixels) -> Pixels:
    """A whole photo as a body crop, for photos of clothes without a known face: letterboxed in grey.

    Args:
        image: (H, W, 3) uint8, BGR.

    Returns:
        (288, 200, 3) uint8.

    Raises:
        ValueError: the image is not uint8 HxWx3.
    """
    height, width = _checked_image(image)
    tall = max(height, width * BODY_SIZE[0] / BODY_SIZE[1])
    wide = tall * BODY_SIZE[1] / BODY_SIZE[0]
    corner = ((width - wide) / 2, (height - tall) / 2)
    return _cut(image, corner, (wide, tall), (BODY_SIZE[1], BODY_SIZE[0]), GREY)


def _checked_image(image: Pixels) -> tuple[int, int]:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        kind = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ValueError(f"a crop needs an image of uint8 (height, width, 3), this one is {kind}")
    height, width = image.shape[:2]
    if height == 0 or width == 0:
        raise ValueError("a crop needs an image with pixels, this one has none")
    return height, width


def _checked(image: Pixels, box: Sequence[float]) -> tuple[float, float, float, float]:
    _checked_image(image)
    if len(box) != 4:
        raise ValueError(f"a face box is left, top, right, bottom, this one has {len(box)} numbers")
    left, top, right, bottom = (float(number) for number in box)
    if not all(math.isfinite(number) and abs(number) <= FARTHEST for number in (left, top, right, bottom)):
        raise ValueError("a face box must be four finite numbers, none beyond a billion px")
    if right < left or bottom < top:
        raise ValueError("a face box must be left, top, right, bottom with left <= right and top <= bottom")
    return left, top, right, bottom


def _cut(
    image: Pixels,
    corner: tuple[float, float],
    extent: tuple[float, float],
    size: tuple[int, int],
    fill: tuple[int, int, int] | None,
) -> Pixels:
    """The rectangle at `corner` of `extent` (x then y, px of the image) as `size` (width, height) px.

    Only the part inside the image is resized, so a huge box costs no memory.
    """
    (x0, x1), (left, right) = _axis(corner[0], extent[0], image.shape[1], size[0])
    (y0, y1), (top, bottom) = _axis(corner[1], extent[1], image.shape[0], size[1])
    inside = (size[0] - left - right, size[1] - top - bottom)
    if fill is not None and (x0 == x1 or y0 == y1):
        return np.full((size[1], size[0], 3), fill, np.uint8)
    seen = image[min(y0, image.shape[0] - 1) : max(y1, 1), min(x0, image.shape[1] - 1) : max(x1, 1)]
    shrinks = inside[0] < seen.shape[1]
    resized = cv2.resize(seen, inside, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    if not (left or right or top or bottom):
        return cast(Pixels, resized)
    if fill is None:
        return cast(Pixels, cv2.copyMakeBorder(resized, top, bottom, left, right, cv2.BORDER_REPLICATE))
    return cast(Pixels, cv2.copyMakeBorder(resized, top, bottom, left, right, cv2.BORDER_CONSTANT, value=fill))


def _axis(start: float, extent: float, length: int, size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Along one axis: the pixels of the image that are seen, and how many of `size` lie before and after them."""
    first = min(max(round(start), 0), length)
    last = min(max(round(start + extent), 0), length)
    scale = size / extent
    before = min(max(round((first - start) * scale), 0), size - 1)
    after = min(max(round((start + extent - last) * scale), 0), size - 1 - before)
    return (first, last), (before, after)
