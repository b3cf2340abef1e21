"""Faces with their labelled age and gender."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detector import FaceDetector
from vision.labelled.errors import DataError
from vision.labelled.source import Box, read_pictures
from vision.traits import MAX_AGE

GENDERS = {"f": True, "female": True, "m": False, "male": False}
ANY_AGE = (0, MAX_AGE)
"""The years that a label allows which says nothing of them."""
PADDING = 0.3
"""Share of its size that a picture is widened by before a face is looked for: tight crops leave it no edge."""


@dataclass(frozen=True, eq=False)
class FaceSample:
    """A face and what is known of it.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        box: left, top, right, bottom of the face (px).
        ages: first and last year that the label allows; the same year where it is exact, ANY_AGE without a label.
        female: whether the label says so; None without a label.
        race: the label's group, used only to report errors by group.
        validation: whether it is kept out of training.
    """

    image: NDArray[np.uint8]
    box: Box
    ages: tuple[int, int]
    female: bool | None
    race: str
    validation: bool


@dataclass
class FaceSet:
    """What was read.

    Attributes:
        samples: the faces.
        unreadable: files that are missing or no pictures.
        faceless: files in which no face was found, and whose labels say none.
        unlabelled: files whose row or name does not say what is needed.
    """

    samples: list[FaceSample] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    faceless: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)

    def losses(self) -> str:
        """A sentence about what is not among the samples; empty where nothing is."""
        parts = [
            f"{len(names)} {what} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
            for names, what in (
                (self.unreadable, "could not be read"),
                (self.faceless, "held no face"),
                (self.unlabelled, "lacked a label that is needed"),
            )
            if names
        ]
        return "; ".join(parts)


def read_faces(paths: Iterable[Path], needed: Collection[str] = ("age", "gender")) -> FaceSet:
    """Every face of the data sets; where the labels give no box, the largest face that the detector finds.

    Args:
        paths: the data sets.
        needed: of "age" and "gender", the labels without which a face is of no use. The other may be absent.

    Raises:
        DataError: a data set cannot be read, lacks a column that is needed, or has an age or a gender that cannot be
            understood.
    """
    found = FaceSet()
    detector = FaceDetector(min_face=8)
    for path in paths:
        for picture in read_pictures(path):
            if not picture.row:
                found.unlabelled.append(picture.name)
                continue
            ages, female = _labels(path, picture.row, needed)
            if not all(picture.row[column].strip() for column in needed):
                found.unlabelled.append(picture.name)
                continue
            if picture.image is None:
                found.unreadable.append(picture.name)
                continue
            box = picture.box or _detected(detector, picture.image)
            if box is None:
                found.faceless.append(picture.name)
                continue
            race = picture.row.get("race", "")
            found.samples.append(FaceSample(picture.image, box, ages, female, race, picture.tenth == 0))
    return found


def parse_ages(text: str) -> tuple[int, int]:
    """ "20-29" as (20, 29), "70+" and "more than 70" as (70, 100), "26" as (26, 26); years beyond 100 count as 100.

    Raises:
        ValueError: the text is no age.
    """
    text = text.strip()
    if text.lower().startswith("more than"):
        text = text[len("more than") :].strip() + "+"
    low, _, high = text.removesuffix("+").partition("-")
    try:
        first = int(low)
        last = MAX_AGE if text.endswith("+") else int(high or low)
    except ValueError:
        raise ValueError(f"age must be a year or a range such as 20-29 or 70+, not {text!r}") from None
    if not 0 <= first <= last:
        raise ValueError(f"age must be a year or a range such as 20-29 or 70+, not {text!r}")
    return min(first, MAX_AGE), min(last, MAX_AGE)


def _labels(path: Path, row: Mapping[str, str], needed: Collection[str]) -> tuple[tuple[int, int], bool | None]:
    if missing := [column for column in needed if column not in row]:
        raise DataError(
            f"{path}: its csv has no column {' and no column '.join(missing)}; faces need {' and '.join(needed)} here"
        )
    age, gender = (row.get(column, "").strip() for column in ("age", "gender"))
    if gender and gender.lower() not in GENDERS:
        raise DataError(f"{path}: {row['file']}: gender must be F or M, not {gender!r}")
    try:
        return parse_ages(age) if age else ANY_AGE, GENDERS.get(gender.lower())
    except ValueError as error:
        raise DataError(f"{path}: {row['file']}: {error}") from None


def _detected(detector: FaceDetector, image: NDArray[np.uint8]) -> Box | None:
    """The largest face, also where it fills the picture."""
    tall, wide = (round(side * PADDING) for side in image.shape[:2])
    padded = cv2.copyMakeBorder(image, tall, tall, wide, wide, cv2.BORDER_REPLICATE)
    faces = detector.detect(np.asarray(padded, np.uint8))
    if not faces:
        return None
    left, top, right, bottom = max(faces, key=lambda face: face.width * face.height).box
    return left - wide, top - tall, right - wide, bottom - tall
