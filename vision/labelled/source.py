"""Reads labelled pictures from a zip or a folder, by format: labels.csv, FairFace's csv, or UTKFace's file names.

- a csv with the column `file` (labels.csv, or the only csv there is, or the csv that is named itself), one row a
  picture; further columns are the labels, and box_x, box_y, box_w, box_h (px) the face where it is known;
- without a csv, pictures called as UTKFace calls them: age_gender_race_time.jpg, gender 0 male, 1 female.
"""

from __future__ import annotations

import csv
import hashlib
import io
import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from vision.errors import PictureError
from vision.labelled.errors import DataError
from vision.picture import decode_picture

TENTHS = 10
"""Parts that the pictures of a data set fall into; the first is kept out of training."""

LARGEST_FILE = 1 << 28
"""Bytes of the largest file that is read; a small zip can hold one that fills the memory."""

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})

UTKFACE = re.compile(r"(?P<age>\d{1,3})_(?P<gender>[01])_(?P<race>[0-4])_\d+.*\.(jpe?g|png|webp)", re.IGNORECASE)
UTKFACE_GENDERS = {"0": "M", "1": "F"}
UTKFACE_RACES = {"0": "white", "1": "black", "2": "asian", "3": "indian", "4": "others"}


Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Picture:
    """One labelled picture.

    Attributes:
        name: the file's name in its data set.
        row: the labels by column; empty for a picture whose name should be its labels, and is not.
        image: (H, W, 3) uint8 BGR, or None where the file is missing or no picture.
        box: left, top, right, bottom of the face (px), where the labels say it.
        tenth: 0 to 9, by the SHA-256 of the file's bytes, so that the same picture is in the same one whatever it is
            called.
    """

    name: str
    row: dict[str, str]
    image: NDArray[np.uint8] | None
    box: Box | None
    tenth: int


def read_pictures(path: Path) -> Iterator[Picture]:
    """The pictures of a data set, in the order of its labels.

    Raises:
        DataError: there is no such data set, it cannot be opened, it has no labels in a known format, a line of them
            has too few or too many fields, or a box is none in its picture.
    """
    if path.is_dir():
        names = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        yield from _pictures(path, names, lambda name: _of_folder(path / name))
    elif path.suffix.lower() == ".csv" and path.is_file():
        yield from _rows(path, _table(path, path.name, _of_folder(path)), lambda name: _of_folder(path.parent / name))
    elif path.is_file():
        with _opened(path) as archive:
            yield from _pictures(path, archive.namelist(), lambda name: _of_zip(archive, name))
    else:
        raise DataError(f"{path}: no such data set; name a zip, a folder, or a csv beside its pictures")


def tenth_of(data: bytes) -> int:
    """The tenth, 0 to 9, of the file with these bytes."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big") % TENTHS


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: neither a zip nor a csv ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        raise DataError(f"{path}: is encrypted; unpack it with its password, and name the folder")
    return archive


def _of_folder(file: Path) -> bytes:
    """A file's bytes; none where it cannot be read, or is larger than any photo."""
    try:
        # What is no plain file may never end.
        return file.read_bytes() if file.is_file() and file.stat().st_size <= LARGEST_FILE else b""
    except OSError:
        return b""


def _of_zip(archive: zipfile.ZipFile, name: str) -> bytes:
    """The same of a file in a zip."""
    try:
        return archive.read(name) if archive.getinfo(name).file_size <= LARGEST_FILE else b""
    except (KeyError, OSError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError):
        return b""


def _pictures(path: Path, names: Sequence[str], read: Callable[[str], bytes]) -> Iterator[Picture]:
    # A Mac adds ._labels.csv to labels.csv.
    names = [name for name in names if not PurePosixPath(name).name.startswith(".")]
    tables = [name for name in names if name.lower().endswith(".csv")]
    chosen = next((name for name in tables if PurePosixPath(name).name == "labels.csv"), None)
    if chosen is None and len(tables) > 1:
        raise DataError(
            f"{path}: holds several csv files ({', '.join(tables)}); name the one with the labels, of a zip once it is "
            "unpacked"
        )
    if chosen is None and tables:
        chosen = tables[0]
    if chosen is not None:
        folder = PurePosixPath(chosen).parent
        yield from _rows(path, _table(path, chosen, read(chosen)), lambda name: read((folder / name).as_posix()))
        return
    named = [(name, UTKFACE.fullmatch(PurePosixPath(name).name)) for name in names]
    if not any(match for _, match in named):
        raise DataError(f"{path}: holds neither a csv with labels nor pictures named like UTKFace's")
    for name, match in named:
        if match is not None:
            row = {
                "file": name,
                "age": match["age"],
                "gender": UTKFACE_GENDERS[match["gender"]],
                "race": UTKFACE_RACES[match["race"]],
            }
            yield _picture(path, row, read)
        elif PurePosixPath(name).suffix.lower() in PICTURES:
            yield Picture(name, {}, None, None, tenth_of(b""))


def _table(path: Path, name: str, data: bytes) -> list[dict[str, str]]:
    """The rows of a csv.

    Args:
        path: of the data set.
        name: of the csv in it.
        data: its bytes.
    """
    if not data:
        raise DataError(f"{path}: {name} is empty, damaged, or cannot be read; copy it again")
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        rows = []
        for row in table:
            fields, more = list(row.values()), row.pop(None, ())  # None: its key for what is left over
            if None in fields or any(more):
                raise DataError(
                    f"{path}: line {table.line_num} of {name} has other fields than its header; give it "
                    f"{len(table.fieldnames or ())}, and put those with a comma between double quotes"
                )
            if not row.get("file", "x"):
                raise DataError(f"{path}: line {table.line_num} of {name} names no file; fill in the column file")
            rows.append(row)
    except UnicodeDecodeError:
        raise DataError(f"{path}: {name} is not UTF-8 text; save it as such") from None
    except csv.Error as error:
        raise DataError(f"{path}: line {table.line_num + 1} of {name} cannot be read ({error}); mend it") from None
    if not rows or "file" not in rows[0]:
        raise DataError(f"{path}: {name} needs a header with the column file, commas between its columns, and rows")
    return rows


def _rows(path: Path, rows: Sequence[dict[str, str]], read: Callable[[str], bytes]) -> Iterator[Picture]:
    for row in rows:
        yield _picture(path, row, read)


def _picture(path: Path, row: dict[str, str], read: Callable[[str], bytes]) -> Picture:
    data = read(row["file"])
    try:
        image = decode_picture(data, row["file"]) if data else None
    except PictureError:
        image = None
    return Picture(row["file"], row, image, _box(path, row, image), tenth_of(data))


def _box(path: Path, row: dict[str, str], image: NDArray[np.uint8] | None) -> Box | None:
    if not row.get("box_x"):
        return None
    try:
        left, top, width, height = (float(row[f"box_{side}"]) for side in ("x", "y", "w", "h"))
    except (KeyError, ValueError):
        raise DataError(f"{path}: {row['file']}: box_x, box_y, box_w and box_h must all be numbers") from None
    box = left, top, left + width, top + height
    if not (all(map(math.isfinite, box)) and width > 0 and height > 0):
        raise DataError(f"{path}: {row['file']}: box_w and box_h must be more than 0, and all of the box finite")
    if image is not None and not (box[0] < image.shape[1] and box[1] < image.shape[0] and box[2] > 0 and box[3] > 0):
        raise DataError(
            f"{path}: {row['file']}: its box lies outside the picture, which is {image.shape[1]} x {image.shape[0]} "
            "px; boxes are px of the upright picture, from its upper left corner"
        )
    return box
