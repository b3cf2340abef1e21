"""Where in a frame to look for faces, and when: around what moves, and around those who were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.face import Face
from worker.motion import MotionGate
from worker.region import Region, around, widened

MARGIN = 0.1
"""Looked at around what moves, as a share of the frame's sides: of a head that turns, only a part may change."""

FACE_MARGIN = 1.0
"""And around a face that was seen, in its widths: as far as somebody walks between two frames, and all that the network
needs to see around a face."""

PAUSE = 0.3
"""While nobody is in view, the least time (s) between two searches: at 8 frames a second every third one is searched,
and who comes in is found a quarter of a second later, at worst."""


@dataclass(frozen=True)
class Sighting:
    """A face where it was seen last.

    Attributes:
        since, at: when a face was first and last seen there (s).
    """

    face: Face
    since: float
    at: float


class Attention:
    """Decides for each frame of one camera which part of it is worth a search.

    Args:
        remember: for how long a face is looked for where it was seen last (s), and where nothing moves: after that it
            may be a poster.
    """

    def __init__(self, remember: float) -> None:
        self._remember = remember
        self._gate = MotionGate()
        self._sightings: list[Sighting] = []
        self._searched = -PAUSE

    def region(self, image: NDArray[np.uint8], at: float, awaited: Sequence[Face]) -> Region | None:
        """What to search of a BGR frame (px, may reach beyond it); None where nothing need be.

        Args:
            awaited: as seen last, those to look for even where nothing moves.
        """
        moved = self._gate.moved(image)
        height, width = image.shape[:2]
        self._sightings = [seen for seen in self._sightings if at - seen.at <= self._remember]
        if not self._sightings and not awaited and at - self._searched < PAUSE:
            return None
        new = [seen.face for seen in self._sightings if moved or at - seen.since <= self._remember]
        regions = [widened(face.box, FACE_MARGIN * face.width, FACE_MARGIN * face.width) for face in (*new, *awaited)]
        if moved:
            regions.append(widened(moved, MARGIN * width, MARGIN * height))
        if regions:
            self._searched = at
        return around(regions)

    def found(self, faces: Sequence[Face], at: float) -> None:
        """These were found in the frame."""
        before = self._sightings
        near = _near([seen.face for seen in before], faces)
        since = np.array([seen.since for seen in before])[:, None]
        began = np.where(near, since, at).min(axis=0, initial=at)
        self._sightings = [Sighting(face, first, at) for face, first in zip(faces, began.tolist(), strict=True)]
        self._sightings += [before[i] for i in np.flatnonzero(~near.any(axis=1))]


def _near(some: Sequence[Face], others: Sequence[Face]) -> NDArray[np.bool_]:
    """(n, m) whether each of n faces and each of m others are no farther apart than the wider of them is wide."""
    if not some or not others:
        return np.zeros((len(some), len(others)), np.bool_)
    one, other = (np.array([(*face.center, face.width) for face in faces]) for faces in (some, others))
    apart = np.abs(one[:, None, :2] - other[None, :, :2]).max(axis=2)
    return np.asarray(apart <= np.maximum(one[:, None, 2], other[None, :, 2]))
