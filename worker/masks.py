"""A camera's picture as everything else may see it: turned upright, with its private parts blacked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Rotation = Literal[0, 90, 180, 270]

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class View:
    """What is to be done to every frame of one camera.

    Args:
        rotation: degrees, clockwise.
        masks: polygons as fractions of the turned frame's width and height.
    """

    def __init__(self, rotation: Rotation = 0, masks: Sequence[Sequence[Sequence[float]]] = ()) -> None:
        self._rotation = rotation
        self._masks = [np.array(mask, np.float64) for mask in masks]

    def of(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The frame (H, W, 3) turned and masked; the given array may be changed and returned itself."""
        if self._rotation:
            image = np.asarray(cv2.rotate(image, _TURNS[self._rotation]), np.uint8)
        height, width = image.shape[:2]
        for mask in self._masks:
            # One at a time: fillPoly would leave out what two polygons of one call share.
            cv2.fillPoly(image, [(mask * (width, height)).round().astype(np.int32)], (0, 0, 0))
        return image
