"""A CSV file that Excel opens as a table, in the listener's country."""

from __future__ import annotations

import csv
import io

from bot.texts import Speech

_MARK = "\ufeff"  # tells Excel that this is UTF-8
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Sheet:
    """Grows row by row."""

    def __init__(self, t: Speech) -> None:
        self._decimal = "," if t.language == "ru" else "."
        self._text = io.StringIO(_MARK)
        self._text.seek(0, io.SEEK_END)
        # Excel splits cells at what separates the items of a list in its user's country.
        self._writer = csv.writer(self._text, delimiter=";" if t.language == "ru" else ",")

    def write(self, *cells: str | int | float | None) -> None:
        """A row; None is an empty cell."""
        self._writer.writerow([self._cell(cell) for cell in cells])

    def file(self) -> bytes:
        """The whole file."""
        return self._text.getvalue().encode()

    def _cell(self, cell: str | int | float | None) -> str:
        if isinstance(cell, str):
            return _harmless(cell)
        return "" if cell is None else str(cell).replace(".", self._decimal)


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet shows instead of computing it, whoever chose the name in it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
