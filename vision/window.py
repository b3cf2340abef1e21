"""Which part of a picture the face detector sees: around what is to be searched, in one of few sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MULTIPLE = 32
"""The network halves its input five times. Windows begin at such steps, so that a face that stays is seen alike."""

WIDE, HIGH = (0.5, 1.0), (0.75, 1.0)
"""Shares of a picture's width and height that a window may have. Few, as the network is compiled for each size; on our
clips these four cost within an eighth of what sixteen, by quarters, do."""

EDGE = 4.0
"""Faces that reach so near (px) to a window's edge, inside the picture, are cut off and left out."""

Size = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """A part of a picture.

    Attributes:
        left, top: where it begins (px).
        size: its height and width (px).
        picture: height and width of the whole picture (px).
    """

    left: int
    top: int
    size: Size
    picture: Size

    @classmethod
    def around(cls, picture: Size, region: tuple[float, float, float, float] | None) -> Window:
        """The smallest window that holds what of a region (left, top, right, bottom) lies inside the picture (px).

        Args:
            region: None for the whole picture.
        """
        left, top, right, bottom = region or (0, 0, picture[1], picture[0])
        x, width = _along(left, right, picture[1], WIDE)
        y, height = _along(top, bottom, picture[0], HIGH)
        return cls(x, y, (height, width), picture)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom (px of the picture)."""
        return self.left, self.top, self.left + self.size[1], self.top + self.size[0]

    def whole(self, boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of some boxes (n, 4), in px of the window, its edges do not cut off: (n,)."""
        inside = np.array(
            [self.left == 0, self.top == 0, self.box[2] == self.picture[1], self.box[3] == self.picture[0]]
        )
        within = np.concatenate([boxes[:, :2] >= EDGE, boxes[:, 2:] <= np.array(self.size[::-1]) - EDGE], axis=1)
        return np.asarray((within | inside).all(axis=1))


def sizes(picture: Size) -> list[Size]:
    """Every size that a window of this picture may have."""
    return [(_share(picture[0], high), _share(picture[1], wide)) for high in HIGH for wide in WIDE]


def _along(first: float, last: float, length: int, shares: tuple[float, ...]) -> tuple[int, int]:
    """Where a window that holds these two points of a side begins, and how long it is (px)."""
    begin = int(min(max(first, 0.0), length) // MULTIPLE) * MULTIPLE
    fitting = ((min(begin, length - extent), extent) for extent in (_share(length, share) for share in shares))
    return next((start, extent) for start, extent in fitting if start + extent >= min(last, length))


def _share(length: int, share: float) -> int:
    """A share of a side, rounded up to what the network takes (px)."""
    return math.ceil(length * share / MULTIPLE) * MULTIPLE
