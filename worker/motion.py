"""The motion gate: a still scene is not searched for faces."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (160, 120)
"""Width and height (px) at which frames are compared: small enough to cost a third of a millisecond."""

PIXEL_CHANGE = 12
"""Difference in grey level (0 to 255) from which a pixel has changed; sensor noise, blurred, stays below."""

SHARE_CHANGED = 0.001
"""Share of changed pixels from which something moves: 20 pixels, a distant head."""


class MotionGate:
    """Remembers a slowly adapting background and says whether a frame differs from it."""

    def __init__(self) -> None:
        self._background: NDArray[np.float32] | None = None

    def moved(self, image: NDArray[np.uint8]) -> bool:
        """Whether something in this BGR frame is not as it was; the first frame always counts as moved."""
        small = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA)
        grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0).astype(np.float32)
        if self._background is None:
            self._background = grey
            return True
        changed = np.abs(grey - self._background) > PIXEL_CHANGE
        cv2.accumulateWeighted(grey, self._background, 0.1)
        return bool(changed.mean() >= SHARE_CHANGED)
