"""What counts as coming in at a camera: being seen in its zone, coming nearer, or crossing its line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import supervision as sv

from vision.face import Face
from worker.visitor import Visitor

GROWN = 1.25
"""How many times wider than at first a face is once somebody has come nearer: from 4 m to 3.2 m, from 2 m to 1.6 m."""

STEADY = 4
"""Frames in a row, once the face has a track, that it must be clear in: profiles and backs of heads are taken for such
faces for a frame or two, also at two thirds of the frames, and faces that look at us in nearly all."""

SETTLED = 2
"""Frames beyond the line after which somebody has crossed it: a face that trembles on the line has not."""


class Line:
    """A camera's line, crossed from left to right as seen from its first point towards its second.

    Args:
        line: its two points, as fractions of the frame.
        width, height: of the frame (px).
    """

    def __init__(self, line: tuple[tuple[float, float], tuple[float, float]], width: int, height: int) -> None:
        start, end = (sv.Point(x * width, y * height) for x, y in line)
        self._zone = sv.LineZone(start, end, [sv.Position.CENTER], minimum_crossing_threshold=SETTLED)

    def crossed(self, faces: Sequence[tuple[int, Face]]) -> list[int]:
        """The numbers of those who have just crossed it, of everybody in view."""
        if not faces:
            return []
        numbers = np.array([number for number, _ in faces], int)
        boxes = np.array([face.box for _, face in faces], np.float32)
        # On the picture, whose y grows downwards, supervision calls our direction "out".
        _, crossed = self._zone.trigger(sv.Detections(xyxy=boxes, tracker_id=numbers))
        return [int(number) for number in numbers[crossed]]


def entered(visitor: Visitor, entry: str) -> bool:
    """Whether a visitor has come in by a camera's rule; `entry` is seen, approach or line.

    Every rule asks for somebody alive whose face is turned towards the camera.
    """
    if visitor.clear < STEADY or not visitor.moved:
        return False
    if entry == "approach":
        return visitor.grown >= GROWN
    return entry == "seen" or visitor.crossed
