"""The faces of one camera's frames: searched for where that is worth it, and followed in the frames between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.detector import FaceDetector
from vision.face import Face
from worker.attention import Attention
from worker.flow import Flow

PAUSE = 0.2
"""The least time (s) between two searches while somebody is in view: at 8 frames a second, every other has one."""


@dataclass(frozen=True)
class Found:
    """The faces of a frame.

    Attributes:
        faces: the best first.
        searched: whether they were seen anew, with their landmarks; otherwise they were followed from the frame before.
    """

    faces: list[Face]
    searched: bool


class Finder:
    """Finds the faces of one frame after the other.

    Args:
        detector: searches.
        remember: for how long a face is looked for where it was seen last (s).
    """

    def __init__(self, detector: FaceDetector, remember: float) -> None:
        self._detector = detector
        self._attention = Attention(remember)
        self._flow = Flow()
        self._searched = -PAUSE

    def find(self, image: NDArray[np.uint8], at: float, awaited: Sequence[Face], *, closely: bool) -> Found:
        """The faces of a BGR frame.

        Args:
            at: when it was taken (s), later than the one before.
            awaited: as seen last, those to look for even where nothing moves.
            closely: whether to search in any case: somebody is just being judged by their face.
        """
        region = self._attention.region(image, at, awaited)
        searched = closely or not self._flow.faces or at - self._searched >= PAUSE
        if searched:
            faces = [] if region is None else self._detector.detect(image, region)
            self._flow.start(image, faces)
            self._searched = at
        else:
            faces = self._flow.follow(image)
        self._attention.found(faces, at)
        return Found(faces, searched)
