"""A face found in a frame: where it is, how sure the detector was, and its five landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Face:
    """One detection, in pixels of the frame it was found in.

    Attributes:
        box: left, top, right, bottom (px, may be fractional, always inside the frame).
        score: detector confidence, 0 to 1.
        landmarks: (5, 2) float32, x then y (px): the person's right eye, left eye, nose tip, right and left
            corner of the mouth. The person's right is on the image's left.
    """

    box: tuple[float, float, float, float]
    score: float
    landmarks: NDArray[np.float32]

    @property
    def width(self) -> float:
        """Width of the box (px)."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """Height of the box (px)."""
        return self.box[3] - self.box[1]

    @property
    def center(self) -> tuple[float, float]:
        """Centre of the box, x then y (px)."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2
