"""One picture of a camera or a file, with its time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame to analyse.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        at: seconds on the source's own clock: since the file's start, or since the camera was opened.
    """

    image: NDArray[np.uint8]
    at: float
