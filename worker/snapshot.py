"""The picture on a card: the visitor from the head to the waist, every face in it blurred unless asked otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face import Face

HEIGHT = 480
"""Height of the picture (px)."""

FACES_WIDE, FACES_TALL = 4.0, 5.0
"""Size of the picture in face heights: shoulders and chest, enough to know the visitor by their clothes."""

BLUR_MARGIN = 0.55
"""A face is blurred this share of its size beyond its box: ears, hair line and chin identify too."""

BLUR_BLOCKS = 4
"""What is blurred keeps so many colour blocks a side, half a face each: skin and hair tone, nothing to recognise."""

BLUR_SPREAD = 0.2
"""The blocks are then blurred by this share of the whole (standard deviation), so that no detector sees a head.

Blocks alone leave the detector up to 0.55.
"""

_FINE = 32  # px a side at which the blocks are blurred, whatever the size of the face: enough for so smooth a thing

Box = tuple[float, float, float, float]


@dataclass(eq=False)
class Portrait:
    """A visitor's picture, which is not for showing before `hide_missed`.

    Attributes:
        picture: BGR, HEIGHT px high.
        shown: box (left, top, right, bottom; px) of the one face that may be seen, None where none may.
    """

    picture: NDArray[np.uint8]
    shown: Box | None

    def hide_missed(self, detect: Callable[[NDArray[np.uint8]], Sequence[Face]], height: int, width: int) -> None:
        """Blur, in place, what a second look finds: faces too small to be found in a large frame are larger here.

        Args:
            detect: finds faces.
            height, width: of the pictures it is asked for (px): those it knows already, as another size costs a network
                that is compiled for it.
        """
        high, wide = self.picture.shape[:2]
        scale = min(height / high, width / wide)
        size = (max(1, round(wide * scale)), max(1, round(high * scale)))
        sheet = np.zeros((height, width, 3), np.uint8)
        sheet[: size[1], : size[0]] = cv2.resize(self.picture, size, interpolation=cv2.INTER_AREA)
        for face in detect(sheet):
            left, top, right, bottom = (side / scale for side in face.box)
            if self.shown is None or not _within((left + right) / 2, (top + bottom) / 2, self.shown):
                _blur(self.picture, (left, top, right, bottom))


def portrait(image: NDArray[np.uint8], face: Face, blurred: Iterable[Face]) -> Portrait:
    """The visitor around `face` in a BGR frame, with each of `blurred` made unrecognisable.

    Smaller regions are enlarged. What lies outside the frame is left out.
    """
    x, y = face.center
    unit = max(face.width, face.height)
    left, right = (int(np.clip(x + side * unit * FACES_WIDE / 2, 0, image.shape[1])) for side in (-1, 1))
    top, bottom = (int(np.clip(y + edge * unit, 0, image.shape[0])) for edge in (-1.2, FACES_TALL - 1.2))
    if left >= right or top >= bottom:
        left, top, right, bottom = 0, 0, image.shape[1], image.shape[0]
    # Only what is shown is copied and blurred: a look is taken of every good face of every frame.
    region = image[top:bottom, left:right].copy()
    hidden = list(blurred)
    for other in hidden:
        _blur(region, _moved(other.box, left, top))
    scale = HEIGHT / region.shape[0]
    size = (max(1, round(region.shape[1] * scale)), HEIGHT)
    own_too = any(other is face for other in hidden)
    return Portrait(
        picture=np.asarray(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.uint8),
        shown=None if own_too else _moved(face.box, left, top, scale),
    )


def encode(picture: NDArray[np.uint8]) -> bytes:
    """The picture as JPEG bytes."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return bytes(data)


def _moved(box: Box, left: float, top: float, scale: float = 1.0) -> Box:
    """A box as it lies in the region that begins at `left`, `top`."""
    return (box[0] - left) * scale, (box[1] - top) * scale, (box[2] - left) * scale, (box[3] - top) * scale


def _within(x: float, y: float, box: Box) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _blur(region: NDArray[np.uint8], box: Box) -> None:
    """Replace a rectangle around a face, in place, by what is left of a few blocks of its colours.

    An oval would have the outline of a head, which a detector may take for one.
    """
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half_x, half_y = (box[2] - box[0]) * (0.5 + BLUR_MARGIN), (box[3] - box[1]) * (0.5 + BLUR_MARGIN)
    left, top = max(0, round(x - half_x)), max(0, round(y - half_y))
    patch = region[top : max(0, round(y + half_y)), left : max(0, round(x + half_x))]
    if patch.size == 0:
        return
    height, width = patch.shape[:2]
    blocks = cv2.resize(patch, (BLUR_BLOCKS, BLUR_BLOCKS), interpolation=cv2.INTER_AREA)
    fine = cv2.resize(blocks, (_FINE, _FINE), interpolation=cv2.INTER_NEAREST)
    spread = cv2.GaussianBlur(fine, (0, 0), BLUR_SPREAD * _FINE)
    smooth = cv2.resize(spread, (width, height), interpolation=cv2.INTER_LINEAR)
    patch[:] = smooth
