"""Reads labelled pictures from a zip or a folder, by format: labels.csv, FairFace's csv, or UTKFace's file names.

- a csv with the column `file` (labels.csv, or the only csv there is, or the csv that is named itself), one row a
  picture; further columns are the labels, and box_x, box_y, box_w, box_h (px) the face where it is known;
- without a csv, pictures called as UTKFace calls them: age_gender_race_time.jpg, gender 0 male, 1 female.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.labelled.errors import DataError

VALIDATION_SHARE = 10
"""One picture in so many is kept out of training."""

UTKFACE = re.compile(r"(?P<age>\d{1,3})_(?P<gender>[01])_(?P<race>[0-4])_\d+.*\.(jpe?g|png|webp)", re.IGNORECASE)
UTKFACE_GENDERS = {"0": "M", "1": "F"}
UTKFACE_RACES = {"0": "white", "1": "black", "2": "asian", "3": "indian", "4": "others"}


@dataclass(frozen=True, eq=False)
class Picture:
    """One labelled picture.

    Attributes:
        name: the file's name in its data set.
        row: the labels by column.
        image: (H, W, 3) uint8 BGR, or None where the file is missing or no picture.
        box: left, top, right, bottom of the face (px), where the labels say it.
        validation: whether it is kept out of training: one in ten, by the SHA-256 of the file's bytes, so that the
            same picture is on the same side whatever it is called.
    """

    name: str
    row: dict[str, str]
    image: NDArray[np.uint8] | None
    box: tuple[float, float, float, float] | None
    validation: bool


def read_pictures(path: Path) -> Iterator[Picture]:
    """The pictures of a data set, in the order of its labels.

    Raises:
        DataError: there is no such data set, it has no labels in a known format, or a box is no numbers.
    """
    if path.is_dir():
        names = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        yield from _pictures(path, names, lambda name: (path / name).read_bytes())
    elif path.suffix.lower() == ".csv" and path.is_file():
        yield from _rows(path, path.read_bytes(), lambda name: (path.parent / name).read_bytes())
    elif path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                yield from _pictures(path, archive.namelist(), archive.read)
        except zipfile.BadZipFile as error:
            raise DataError(f"{path}: neither a zip nor a csv ({error})") from None
    else:
        raise DataError(f"{path}: no such data set; name a zip, a folder, or a csv beside its pictures")


def is_validation(data: bytes) -> bool:
    """Whether the file with these bytes is kept for validation."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big") % VALIDATION_SHARE == 0


def _pictures(path: Path, names: Sequence[str], read: Callable[[str], bytes]) -> Iterator[Picture]:
    tables = [name for name in names if name.lower().endswith(".csv")]
    chosen = next((name for name in tables if PurePosixPath(name).name == "labels.csv"), None)
    if chosen is None and len(tables) > 1:
        raise DataError(f"{path}: holds several csv files ({', '.join(tables)}); name the one with the labels")
    if chosen is None and tables:
        chosen = tables[0]
    if chosen is not None:
        folder = PurePosixPath(chosen).parent
        yield from _rows(path, read(chosen), lambda name: read((folder / name).as_posix()))
        return
    named = [(name, match) for name in names if (match := UTKFACE.fullmatch(PurePosixPath(name).name))]
    if not named:
        raise DataError(f"{path}: holds neither a csv with labels nor pictures named like UTKFace's")
    for name, match in named:
        row = {
            "file": name,
            "age": match["age"],
            "gender": UTKFACE_GENDERS[match["gender"]],
            "race": UTKFACE_RACES[match["race"]],
        }
        yield _picture(path, row, read)


def _rows(path: Path, table: bytes, read: Callable[[str], bytes]) -> Iterator[Picture]:
    try:
        rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    except UnicodeDecodeError:
        raise DataError(f"{path}: its csv is not UTF-8 text") from None
    if not rows or "file" not in rows[0]:
        raise DataError(f"{path}: its csv needs a header with the column file, and rows")
    for row in rows:
        yield _picture(path, row, read)


def _picture(path: Path, row: dict[str, str], read: Callable[[str], bytes]) -> Picture:
    try:
        data = read(row["file"])
    except (KeyError, OSError):
        data = b""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    image = None if decoded is None else np.asarray(decoded, np.uint8)
    return Picture(row["file"], row, image, _box(path, row), is_validation(data))


def _box(path: Path, row: dict[str, str]) -> tuple[float, float, float, float] | None:
    if not row.get("box_x"):
        return None
    try:
        left, top, width, height = (float(row[f"box_{side}"]) for side in ("x", "y", "w", "h"))
    except (KeyError, ValueError):
        raise DataError(f"{path}: {row['file']}: box_x, box_y, box_w and box_h must all be numbers") from None
    return left, top, left + width, top + height
