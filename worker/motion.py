"""The motion gate: where a scene is not as it was; a still one is not searched for faces."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from worker.region import Region

SIZE = (160, 120)
"""Width and height (px) at which frames are compared: small enough to cost a third of a millisecond."""

PIXEL_CHANGE = 12
"""Difference in grey level (0 to 255) from which a pixel has changed; sensor noise, blurred, stays below."""

SHARE_CHANGED = 0.001
"""Share of changed pixels from which something moves: 20 pixels, a distant head."""

ADAPTS = 0.3
"""Share of the newest frame in the background: what black on white stood still for 0.8 s, at 8 fps, belongs to it, and
what it left behind is forgotten as soon."""


class MotionGate:
    """Remembers a quickly adapting background and says where a frame differs from it."""

    def __init__(self) -> None:
        self._background: NDArray[np.float32] | None = None

    def moved(self, image: NDArray[np.uint8]) -> Region | None:
        """What holds all that is not as it was in this BGR frame (px); the whole of the first one; None where nothing
        moves."""
        height, width = image.shape[:2]
        # The mean of four pixels: that of all takes nine times as long, and the blur takes the noise that is left.
        halved = cv2.resize(image, (2 * SIZE[0], 2 * SIZE[1]), interpolation=cv2.INTER_NEAREST)
        small = cv2.resize(halved, SIZE, interpolation=cv2.INTER_AREA)
        grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0)
        if self._background is None:
            self._background = grey.astype(np.float32)
            return (0.0, 0.0, width, height)
        changed = (cv2.absdiff(grey, cv2.convertScaleAbs(self._background)) > PIXEL_CHANGE).view(np.uint8)
        cv2.accumulateWeighted(grey, self._background, ADAPTS)
        if cv2.countNonZero(changed) < SHARE_CHANGED * changed.size:
            return None
        left, top, wide, high = cv2.boundingRect(changed)
        x, y = width / SIZE[0], height / SIZE[1]
        return (left * x, top * y, (left + wide) * x, (top + high) * y)
