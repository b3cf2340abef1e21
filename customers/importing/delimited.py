"""One csv file as a table of text: its encoding and delimiter found out, its columns checked, its lines counted."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from customers.errors import CustomersError
from customers.importing.printable import shown
from db.quarantine import Untrusted

_ENCODINGS = ("utf-8-sig", "cp1251")
_DELIMITERS = (",", ";")
_LONGEST_CONTENT = 500


@dataclass(frozen=True)
class Column:
    """A column of a file by its original name; `optional` ones may be missing."""

    name: str
    optional: bool = False


@dataclass(frozen=True)
class Delimited:
    """The rows of a file.

    Args:
        file: its name, without a folder.
        text: all of it.
        delimiter: "," or ";".
        cells: text, one column for each that was asked for, by its name; the index is the line in the file, from 1.
        ragged: lines of rows with too many or too few cells, and which of the two.
    """

    file: str
    text: str
    delimiter: str
    cells: pd.DataFrame
    ragged: dict[int, str]

    def untrusted(self, reasons: Mapping[int, str]) -> list[Untrusted]:
        """The ragged rows and those at these lines, each with what is wrong with it."""
        every = {**self.ragged, **reasons}
        return [
            Untrusted(self.file, line, every[line], shown(row.rstrip("\r\n"), _LONGEST_CONTENT))
            for line, row in enumerate(_lines(self.text), 1)
            if line in every
        ]


def read_delimited(path: Path, columns: Sequence[Column]) -> Delimited:
    """Read a file of UTF-8 (with or without a byte order mark) or Windows-1251, delimited by , or ;.

    Args:
        path: of the file.
        columns: which are wanted; more may be there, in any order.

    Raises:
        CustomersError: it cannot be read, is empty or no such text, or a column is missing.
    """
    header, delimiter, text = _opened(path, columns)
    places = {column.name: header.index(_plain(column.name)) for column in columns if _plain(column.name) in header}
    lines: list[int] = []
    rows: list[list[str]] = []
    ragged: dict[int, str] = {}
    # Strict, or a quote left open would swallow all rows after it as one cell.
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    try:
        next(row for row in reader if row)  # the header
        for row in reader:
            if not any(row):
                continue
            if len(row) == len(header):
                lines.append(reader.line_num)
                rows.append(row)
            else:
                ragged[reader.line_num] = f"{len(row)} cells instead of {len(header)}"
    except csv.Error as error:
        raise CustomersError(
            f"{path}, line {reader.line_num}: not csv text ({error}); is a quote left open?"
        ) from error
    if not rows:
        raise CustomersError(f"{path} has no rows below its first line; export the customers again")
    table = pd.DataFrame(rows, index=pd.Index(lines, name="line"), dtype="str")
    cells = pd.DataFrame({name: table[place] for name, place in places.items()})
    for column in columns:
        if column.name not in cells:
            cells[column.name] = ""
    return Delimited(path.name, text, delimiter, cells, ragged)


def _opened(path: Path, columns: Sequence[Column]) -> tuple[list[str], str, str]:
    """The names in the first line, the delimiter, and the text."""
    data = _bytes(path)
    wanted = [_plain(column.name) for column in columns if not column.optional]
    nearest: list[str] = []
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        first = _lines(text.lstrip()).readline()
        for delimiter in _DELIMITERS:
            header = _header(first, delimiter)
            if set(wanted) <= set(header):
                if twice := {name for name in wanted if header.count(name) > 1}:
                    raise CustomersError(f"{path}: the column {', '.join(sorted(twice))} stands twice; remove one")
                return header, delimiter, text
            if set(header) & set(wanted) and len(header) > len(nearest):
                nearest = header
    names = ", ".join(column.name for column in columns if not column.optional)
    if nearest:
        required = [column.name for column in columns if not column.optional]
        missing = ", ".join(name for name in required if _plain(name) not in nearest)
        are = "columns {} are" if ", " in missing else "column {} is"
        raise CustomersError(
            f"{path}: the {are.format(missing)} missing; the first line must name {names}, in UTF-8 or Windows-1251, "
            "divided by commas or semicolons"
        )
    raise CustomersError(
        f"{path}: the first line names none of the columns {names}; the file must be csv text in UTF-8 or "
        "Windows-1251, divided by commas or semicolons"
    )


def _header(line: str, delimiter: str) -> list[str]:
    """The names in a first line; none where it is no csv text."""
    try:
        return [_plain(name) for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _lines(text: str) -> io.StringIO:
    """The lines as csv counts them."""
    return io.StringIO(text, newline="")


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CustomersError(f"{path}: no such file; the folder must hold all four of the shop's files") from None
    except OSError as error:
        raise CustomersError(f"{path} cannot be read: {error.strerror}") from None
    if not data.strip():
        raise CustomersError(f"{path} is empty; export it again")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise CustomersError(f"{path} is UTF-16 text; save it as UTF-8")
    if b"\0" in data:
        raise CustomersError(f"{path} is not a text file (it holds zero bytes); export it as csv")
    return data


def _plain(name: str) -> str:
    """A column's name without what people type differently."""
    return " ".join(name.replace("_", " ").split()).casefold()
