"""How alike two looks at people are by the colours of face and upper body: enough to tell, for a while, who came back.

These histograms say what somebody wears today, and nothing of who they are. They live in memory, and are never
written down.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face import Face

BINS = (12, 4, 5)
"""Of hue, saturation and value: coarse, so that a step into the shade changes little."""

SIZE = (24, 24)
"""Width and height (px) at which colours are counted."""

CHEST = (-0.6, 1.15, 1.6, 2.3)
"""The upper body from the chin down: left, top, right, bottom, in widths and heights of the face from its corner."""

FACE_WEIGHT = 0.65
"""Weight of the face's colours against the upper body's, which others more often hide."""

LEAST_SEEN = 0.5
"""Share of the upper body that must be inside the frame for its colours to count."""

BLEND = 0.2
"""Share of the newest look in what is remembered: about a second's worth of frames."""


@dataclass(frozen=True, eq=False)
class Colours:
    """Colours of one person.

    Attributes:
        face: (240,) float32 histogram over hue, saturation and value, of sum 1.
        chest: the same of the upper body, or None where it was not in the frame.
    """

    face: NDArray[np.float32]
    chest: NDArray[np.float32] | None

    def blended(self, newest: Colours) -> Colours:
        """What to remember after one more look."""
        if self.chest is None or newest.chest is None:
            chest = self.chest if newest.chest is None else newest.chest
        else:
            chest = (1 - BLEND) * self.chest + BLEND * newest.chest
        return Colours((1 - BLEND) * self.face + BLEND * newest.face, chest)


def colours(image: NDArray[np.uint8], face: Face) -> Colours:
    """The colours of a face in a BGR frame, and of the upper body below it."""
    left, top, _, _ = face.box
    chest = (
        left + CHEST[0] * face.width,
        top + CHEST[1] * face.height,
        left + CHEST[2] * face.width,
        top + CHEST[3] * face.height,
    )
    whole = (chest[2] - chest[0]) * (chest[3] - chest[1])
    seen = _patch(image, chest)
    return Colours(
        _histogram(_patch(image, face.box)),
        _histogram(seen) if seen.shape[0] * seen.shape[1] >= LEAST_SEEN * whole else None,
    )


def likeness(one: Colours, other: Colours) -> float:
    """1 for the same colours, 0 for none in common: the Bhattacharyya coefficients of face and upper body, weighted."""
    faces = float(np.sqrt(one.face * other.face).sum())
    if one.chest is None or other.chest is None:
        return faces
    chests = float(np.sqrt(one.chest * other.chest).sum())
    return FACE_WEIGHT * faces + (1 - FACE_WEIGHT) * chests


def _patch(image: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    left, top, right, bottom = (max(0, round(edge)) for edge in box)
    return image[top:bottom, left:right]


def _histogram(patch: NDArray[np.uint8]) -> NDArray[np.float32]:
    if patch.size == 0:
        return np.full(BINS[0] * BINS[1] * BINS[2], 1 / (BINS[0] * BINS[1] * BINS[2]), np.float32)
    hsv = cv2.cvtColor(cv2.resize(patch, SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2HSV)
    counted = cv2.calcHist([hsv], [0, 1, 2], None, list(BINS), [0, 180, 0, 256, 0, 256]).ravel()
    return np.asarray(counted / counted.sum(), np.float32)
