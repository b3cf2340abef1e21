"""Tells a face that lives from one that hangs on the wall: whether its picture ever changes while it stays in place."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face import Face

SIZE = (24, 24)
"""Width and height (px) at which a face is compared with itself."""

INNER = 0.8
"""Share of the box that is compared, around its centre: hair and background at its edge belong to others too."""

CHANGED = 0.04
"""1 - correlation from which a face has changed where it was first seen. Printed faces, and things mistaken for faces,
stay below 0.025 for seconds under H.264 and sensor noise; of the people on our clips the stillest, who stand in talk or
smoke, 20 px wide, pass it within a second, and those who walk in one frame. Brighter light changes nothing."""

OFTEN = 2
"""Frames, at least, in which it must have changed."""

OUTWEIGHS = 0.5
"""And it must have changed in more frames than this share of those in which it had not: whoever walks past a poster
covers it for a second, after it had hung there for several."""

REMEMBERED = 40
"""Frames without change (5 s) that count at most: who sat still for a minute lives when they look up."""

PICTURE = 24
"""Frames without change (3 s) from which a face that never changed is taken for a picture."""

AGAIN = 10.0
"""The face is compared with how it was at most so long ago (s), so that the sun's way over a poster is no life."""


class Stillness:
    """Watches one face.

    Attributes:
        moved: whether this face was seen to live; once it was, it stays so.
    """

    def __init__(self) -> None:
        self.moved = False
        self._box: tuple[float, float, float, float] | None = None
        self._first: NDArray[np.float32] | None = None
        self._since = 0.0
        self._changed = 0
        self._unchanged = 0

    @property
    def picture(self) -> bool:
        """Whether it has hung there for long enough to be taken for a picture."""
        return not self.moved and self._unchanged >= PICTURE

    def see(self, image: NDArray[np.uint8], face: Face, at: float) -> None:
        """Take in the frame (BGR) that the face was found in, at `at` (s)."""
        if self.moved:
            return
        if self._box is None or self._first is None or at - self._since > AGAIN:
            self._box, self._since, self._changed = face.box, at, 0
            self._first = _picture(image, face.box)
            return
        now = _picture(image, self._box)
        if 1 - float((self._first * now).sum()) <= CHANGED:
            self._unchanged = min(self._unchanged + 1, REMEMBERED)
            return
        self._changed += 1
        self.moved = self._changed >= OFTEN and self._changed > OUTWEIGHS * self._unchanged


def _picture(image: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """The face in grey, of mean 0 and length 1."""
    margin = (1 - INNER) / 2
    width, height = box[2] - box[0], box[3] - box[1]
    left, right = round(box[0] + margin * width), round(box[2] - margin * width)
    top, bottom = round(box[1] + margin * height), round(box[3] - margin * height)
    patch = cv2.resize(
        image[top : max(bottom, top + 1), left : max(right, left + 1)], SIZE, interpolation=cv2.INTER_AREA
    )
    grey = cv2.GaussianBlur(cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY), (3, 3), 0).astype(np.float32)
    grey -= grey.mean()
    length = float(np.linalg.norm(grey))
    return np.asarray(grey / length if length > 0 else grey, np.float32)
