"""Photos of clothes with their labelled attire traits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.crops import body_crop, whole_body
from vision.labelled.attire import tags_of, traits_of
from vision.labelled.errors import DataError
from vision.labelled.source import Box, read_pictures


@dataclass(frozen=True, eq=False)
class BodySample:
    """A photo of clothes.

    Attributes:
        image: (H, W, 3) uint8, BGR.
        box: left, top, right, bottom of the face (px), where one is known.
        traits: (5,) in the order of ATTIRE: 1, 0, or NaN where not labelled.
        tags: the garments of a street photo, the article of a catalogue photo.
        street: whether it is a street photo.
        validation: whether it is kept out of training.
    """

    image: NDArray[np.uint8]
    box: Box | None
    traits: NDArray[np.float32]
    tags: frozenset[str]
    street: bool
    validation: bool

    def crop(self) -> NDArray[np.uint8]:
        """Cut as the worker does it where there is a face, otherwise whole."""
        return whole_body(self.image) if self.box is None else body_crop(self.image, self.box)


@dataclass
class BodySet:
    """What was read: the photos, and the files that are missing or no pictures."""

    samples: list[BodySample] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def read_bodies(paths: Iterable[Path], held_out: int = 0) -> BodySet:
    """Every photo of the data sets.

    Args:
        paths: of the data sets.
        held_out: which tenth of the photos validates.

    Raises:
        DataError: a data set cannot be read, or has neither street nor catalogue labels.
    """
    found = BodySet()
    for path in paths:
        for picture in read_pictures(path):
            try:
                traits = traits_of(picture.row)
            except ValueError as error:
                raise DataError(f"{path}: {picture.name}: {error}") from None
            if picture.image is None:
                found.unreadable.append(picture.name)
                continue
            street = "garments" in picture.row
            found.samples.append(
                BodySample(picture.image, picture.box, traits, tags_of(picture.row), street, picture.tenth == held_out)
            )
    return found
