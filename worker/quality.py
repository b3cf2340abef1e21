"""How much a face can be trusted to be read: its size, sharpness, frontality and exposure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.face import Face

FULL_SIZE = 64.0
"""Width (px) from which a face is large enough; the networks see 112 px of 1.3 times the box."""

SHARP = 60.0
"""Variance of the Laplacian, of the face at 64 x 64 px, that counts as half sharp."""

FACING = (0.25, 0.22)
"""Frontality, and distance of the eyes in widths of the box, from which both cheeks are seen. On our clips people who
turn to the camera have 0.3 to 1 and 0.25 to 0.5; profiles have 0 to 0.2, or, where their far eye was guessed, 0.05 to
0.2 between the eyes."""

WELL_LIT = (50.0, 210.0)
"""Mean grey levels between which a face is well exposed."""


def quality(image: NDArray[np.uint8], face: Face) -> float:
    """Quality of a face in a BGR frame, 0 (useless) to 1 (a passport photo): the geometric mean of four shares."""
    left, top, right, bottom = (round(edge) for edge in face.box)
    patch, turned = image[top:bottom, left:right], frontality(face)
    if patch.size == 0 or turned == 0:
        return 0.0
    grey = cv2.cvtColor(cv2.resize(patch, (64, 64), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    shares = (_size(face), _sharpness(grey), turned, _exposure(grey))
    return float(np.prod(shares) ** (1 / len(shares)))


def frontality(face: Face) -> float:
    """1 where the nose stands midway between the eyes, 0 where it stands beyond one of them (a profile)."""
    right_eye, left_eye, nose = face.landmarks[0], face.landmarks[1], face.landmarks[2]
    eyes = left_eye - right_eye
    distance = float(eyes @ eyes)
    if distance <= 0:
        return 0.0
    along = float((nose - right_eye) @ eyes) / distance
    return max(0.0, 1 - 2 * abs(along - 0.5))


def facing(face: Face) -> bool:
    """Whether a face is turned towards the camera, and not a profile."""
    apart = float(np.linalg.norm(face.landmarks[1] - face.landmarks[0]))
    return frontality(face) >= FACING[0] and apart >= FACING[1] * face.width


def _size(face: Face) -> float:
    return min(1.0, face.width / FULL_SIZE)


def _sharpness(grey: NDArray[np.uint8]) -> float:
    variance = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    return variance / (variance + SHARP)


def _exposure(grey: NDArray[np.uint8]) -> float:
    mean, (low, high) = float(grey.mean()), WELL_LIT
    if mean < low:
        return mean / low
    return min(1.0, (255 - mean) / (255 - high))
