"""Session logs in csv files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from customers.errors import CustomersError
from customers.sessions.source import SURPLUS

DELIMITERS = ",;\t"


class CsvTable:
    """A csv file with a header, in UTF-8, separated by commas, semicolons or tabs.

    Args:
        path: of the file.
        columns: that it must have.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.name = path.name
        self._path = path
        self._columns = columns

    def rows(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Each row with the line it ends on.

        Raises:
            CustomersError: the file cannot be read, is empty, is not UTF-8, is no csv, or lacks a column.
        """
        line = 1
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                header = file.readline()
                if not header.strip():
                    raise CustomersError(f"{self._path} is empty; it must begin with {','.join(self._columns)}")
                delimiter = max(DELIMITERS, key=header.count)
                names = [
                    name.strip() or f"column {n}"
                    for n, name in enumerate(next(csv.reader([header], delimiter=delimiter)), 1)
                ]
                self._check(names)
                reader = csv.reader(file, delimiter=delimiter, strict=True)
                for cells in reader:
                    line = reader.line_num + 1
                    if not cells:
                        continue
                    row = dict(zip(names, cells, strict=False))
                    if len(cells) > len(names):
                        row[SURPLUS] = delimiter.join(cells[len(names) :])
                    yield line, row
        except OSError as error:
            raise CustomersError(f"{self._path} cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise CustomersError(
                f"{self._path} is not UTF-8 (near line {line}); save it as UTF-8 and import it again"
            ) from error
        except csv.Error as error:
            raise CustomersError(f"{self._path}, line {line + 1}: is no csv ({error})") from error

    def _check(self, names: list[str]) -> None:
        if missing := [column for column in self._columns if column not in names]:
            shown = ", ".join(name[:40] for name in names[:12])
            raise CustomersError(f"{self._path} lacks the column {', '.join(missing)}; its first line has: {shown}")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise CustomersError(f"{self._path} has the column {', '.join(twice)} twice; leave one of them")
