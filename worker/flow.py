"""Follows faces from one frame to the next by how their pixels have moved (Lucas and Kanade, 1981).

That costs a quarter of a search, and says only where a face has gone to: whoever comes in is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face import Face

LONG_SIDE = 512
"""Longer side, at most, of the pictures in which pixels are followed (px): about that in which faces are searched."""

GRID = np.array([(x, y) for y in (0.2, 0.5, 0.8) for x in (0.2, 0.5, 0.8)], np.float32)
"""Where in a face's box, in its widths and heights, its nine points lie."""

AROUND = (9, 9)
"""Pixels around a point by which it is known again."""

LEVELS = 3
"""Times that the picture is halved: a face 10 px wide may move by its own width."""

ASTRAY = 1.0
"""A point that, followed forth and back, comes back farther off than so (px) was lost."""

ENOUGH = 4
"""Points that must have been kept; fewer may be others' who pass in front."""

FARTHEST = 1.5
"""Face widths beyond which nobody moves between two frames."""


class Flow:
    """Knows faces in one frame, and where they are in the next.

    Attributes:
        faces: where they were seen last.
    """

    def __init__(self) -> None:
        self.faces: list[Face] = []
        self._grey: NDArray[np.uint8] | None = None

    def start(self, image: NDArray[np.uint8], faces: Sequence[Face]) -> None:
        """These are the faces of a BGR frame."""
        self.faces = list(faces)
        self._grey = _grey(image)[0] if faces else None

    def follow(self, image: NDArray[np.uint8]) -> list[Face]:
        """Those of them, moved, that are found in the next BGR frame of the same size; the others are let go."""
        before, (grey, scale) = self._grey, _grey(image)
        if before is None or before.shape != grey.shape:
            self.start(image, [])
            return []
        points = _points(self.faces) * np.float32(scale)
        there, found = _moved(before, grey, points)
        back, returned = _moved(grey, before, there)
        kept = found & returned & (np.abs(back - points).max(axis=1) < ASTRAY)
        shifts, count = _medians(np.asarray((there - points) / scale, np.float32), kept)
        self._grey = grey
        height, width = image.shape[:2]
        moved = [
            _shifted(face, x, y, width, height)
            for face, (x, y), found_again in zip(self.faces, shifts.tolist(), count.tolist(), strict=True)
            if found_again >= ENOUGH
        ]
        self.faces = [face for face in moved if face is not None]
        return self.faces


def _grey(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """The picture in which pixels are followed, and its size as a share of the frame's."""
    height, width = image.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = (round(width * scale), round(height * scale))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), np.uint8), scale


def _points(faces: Sequence[Face]) -> NDArray[np.float32]:
    """(9 n, 2) inside n faces, one face's after the other's (px)."""
    boxes = np.array([face.box for face in faces], np.float32)[:, None]
    return np.asarray(boxes[..., :2] + (boxes[..., 2:] - boxes[..., :2]) * GRID, np.float32).reshape(-1, 2)


def _medians(steps: NDArray[np.float32], kept: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.int_]]:
    """The median step (n, 2) of those points of each face that were kept, and how many these are (n,)."""
    good = kept.reshape(-1, len(GRID), 1)
    count = np.count_nonzero(good, axis=(1, 2))
    ordered = np.sort(np.where(good, steps.reshape(-1, len(GRID), 2), np.float32(np.inf)), axis=1)
    faces = np.arange(len(count))
    return (ordered[faces, (count - 1) // 2] + ordered[faces, count // 2]) / 2, count


def _moved(
    one: NDArray[np.uint8], other: NDArray[np.uint8], points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where the points (n, 2) of one picture are in the other, and whether they were found there."""
    there, found, _ = cv2.calcOpticalFlowPyrLK(one, other, points[:, None], None, winSize=AROUND, maxLevel=LEVELS)
    return np.asarray(there[:, 0], np.float32), np.asarray(found[:, 0] == 1)


def _shifted(face: Face, x: float, y: float, width: int, height: int) -> Face | None:
    """A face that has moved by so much in a frame of this size (px); None where it cannot have."""
    left, right = (min(max(side + x, 0.0), float(width)) for side in face.box[::2])
    top, bottom = (min(max(side + y, 0.0), float(height)) for side in face.box[1::2])
    if (
        max(abs(x), abs(y)) > FARTHEST * face.width
        or 2 * (right - left) < face.width
        or 2 * (bottom - top) < face.height
    ):
        return None
    return Face((left, top, right, bottom), face.score, face.landmarks + np.array([x, y], np.float32))
