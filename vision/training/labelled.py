"""Reading a labelled data set: a zip or a folder with labels.csv and the pictures it names."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

VALIDATION_SHARE = 10


class DataError(ValueError):
    """A data set cannot be read; the message names it and says what is wrong."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One row of labels.csv and its picture.

    Attributes:
        row: the row's columns by name.
        image: (H, W, 3) uint8, BGR.
        box: left, top, right, bottom of the face (px), where the row has one.
        validation: whether it is kept out of training: one in ten, by the SHA-256 of the file's bytes, so that the
            same picture is on the same side whatever it is called.
    """

    row: dict[str, str]
    image: NDArray[np.uint8]
    box: tuple[float, float, float, float] | None
    validation: bool


def read_pictures(path: Path) -> Iterator[Picture]:
    """The pictures of a data set, in the order of its labels.csv.

    Raises:
        DataError: the data set, its labels.csv or one of its pictures cannot be read.
    """
    if not path.exists():
        raise DataError(f"{path}: no such data set; give a zip or a folder with labels.csv")
    if path.is_dir():
        yield from _pictures(path, lambda name: (path / name).read_bytes())
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _pictures(path, archive.read)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: not a zip file ({error})") from None


def _pictures(path: Path, read: Callable[[str], bytes]) -> Iterator[Picture]:
    try:
        labels = read("labels.csv").decode("utf-8")
    except (KeyError, OSError, UnicodeDecodeError):
        raise DataError(f"{path}: holds no readable labels.csv") from None
    rows = list(csv.DictReader(io.StringIO(labels)))
    if not rows or "file" not in rows[0]:
        raise DataError(f"{path}: labels.csv needs a header with the column file, and rows")
    for row in rows:
        try:
            data = read(row["file"])
        except (KeyError, OSError):
            raise DataError(f"{path}: labels.csv names {row['file']}, which is not there") from None
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        if image is None:
            raise DataError(f"{path}: {row['file']} is not a readable picture")
        yield Picture(row, cast(NDArray[np.uint8], image), _box(row), is_validation(data))


def is_validation(data: bytes) -> bool:
    """Whether the file with these bytes is kept for validation."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big") % VALIDATION_SHARE == 0


def _box(row: dict[str, str]) -> tuple[float, float, float, float] | None:
    if not row.get("box_x"):
        return None
    left, top, width, height = (float(row[f"box_{side}"]) for side in ("x", "y", "w", "h"))
    return left, top, left + width, top + height
