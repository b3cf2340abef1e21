"""The picture on a card: the visitor from the head to the waist, every face in it blurred unless asked otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face import Face
from worker.region import Region

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


@dataclass(frozen=True, eq=False)
class Portrait:
    """What a visitor's picture is made of, once it is wanted; not for showing.

    Attributes:
        region: BGR pixels, at most HEIGHT px high.
        hidden: boxes (left, top, right, bottom; px of the region) of the faces to blur.
        shown: box of the one face that may be seen, None where none may.
    """

    region: NDArray[np.uint8]
    hidden: Sequence[Box]
    shown: Box | None

    def picture(
        self, detect: Callable[[NDArray[np.uint8], Region], Sequence[Face]], height: int, width: int
    ) -> NDArray[np.uint8]:
        """The picture for showing, BGR, HEIGHT px high.

        What a second look finds is blurred too: faces too small to be found in a large frame are larger here.

        Args:
            detect: finds faces in a region of a picture.
            height, width: of the pictures it is asked for (px): those it knows already, as another size costs a network
                that is compiled for it.
        """
        region = self.region.copy()
        for box in self.hidden:
            _blur(region, box)
        zoom = HEIGHT / region.shape[0]
        full = (max(1, round(region.shape[1] * zoom)), HEIGHT)
        picture = np.asarray(cv2.resize(region, full, interpolation=cv2.INTER_AREA), np.uint8)
        scale = min(height / full[1], width / full[0])
        size = (max(1, round(full[0] * scale)), max(1, round(full[1] * scale)))
        sheet = np.zeros((height, width, 3), np.uint8)
        sheet[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        shown = self.shown and _moved(self.shown, 0, 0, zoom)
        for face in detect(sheet, (0, 0, size[0], size[1])):
            left, top, right, bottom = (side / scale for side in face.box)
            if shown is None or not _within((left + right) / 2, (top + bottom) / 2, shown):
                _blur(picture, (left, top, right, bottom))
        return picture


def portrait(image: NDArray[np.uint8], face: Face, blurred: Iterable[Face]) -> Portrait:
    """The visitor around `face` in a BGR frame, with each of `blurred` to be made unrecognisable.

    What lies outside the frame is left out. Many looks are taken and few are shown: nothing is blurred yet.
    """
    x, y = face.center
    unit = max(face.width, face.height)
    left, right = (int(np.clip(x + side * unit * FACES_WIDE / 2, 0, image.shape[1])) for side in (-1, 1))
    top, bottom = (int(np.clip(y + edge * unit, 0, image.shape[0])) for edge in (-1.2, FACES_TALL - 1.2))
    if left >= right or top >= bottom:
        left, top, right, bottom = 0, 0, image.shape[1], image.shape[0]
    region = image[top:bottom, left:right]
    scale = min(1.0, HEIGHT / region.shape[0])
    size = (max(1, round(region.shape[1] * scale)), max(1, round(region.shape[0] * scale)))
    hidden = list(blurred)
    own_too = any(other is face for other in hidden)
    return Portrait(
        region=region.copy()
        if scale == 1
        else np.asarray(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.uint8),
        hidden=[_moved(other.box, left, top, scale) for other in hidden],
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
