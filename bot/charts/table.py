"""A period's visits as a CSV file that Excel opens as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from bot.shop import Shop
from bot.texts import Speech
from bot.words import attire_word, band_word, department_word
from db.journal import Row

_MARK = "\ufeff"  # tells Excel that this is UTF-8
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Table:
    """Grows row by row."""

    def __init__(self, shop: Shop, t: Speech) -> None:
        self._shop = shop
        self._t = t
        self._text = io.StringIO(_MARK)
        self._text.seek(0, io.SEEK_END)
        # Excel splits cells at what separates the items of a list in its user's country.
        self._writer = csv.writer(self._text, delimiter=";" if t.language == "ru" else ",")
        self._write(
            t.plain("seen at"),
            t.plain("camera"),
            t.plain("department"),
            t.plain("probability, %"),
            t.plain("age"),
            t.plain("gender"),
            t.plain("attire"),
            t.plain("outcome"),
            t.plain("taken by"),
            t.plain("taken after, s"),
            t.plain("really wanted"),
        )

    def add(self, rows: Iterable[Row]) -> None:
        """One line per visit, times by the shop's clock."""
        shop, t, timezone = self._shop, self._t, self._shop.timezone
        for row in rows:
            self._write(
                _clock(row, timezone),
                row.camera,
                department_word(row.department, shop, t),
                str(round(100 * row.department_p)),
                band_word(row.age_band, t),
                _gender(row.gender, t),
                ", ".join(attire_word(trait, t) for trait in row.attire),
                _outcome(row.state, t),
                row.taken_by or "",
                "" if row.seconds_to_claim is None else str(round(row.seconds_to_claim)),
                department_word(row.wanted, shop, t) if row.wanted else "",
            )

    def file(self) -> bytes:
        """The whole file."""
        return self._text.getvalue().encode()

    def _write(self, *cells: str) -> None:
        self._writer.writerow([_harmless(cell) for cell in cells])


def _gender(gender: str, t: Speech) -> str:
    words = {"female": t.plain("woman"), "male": t.plain("man")}
    return words.get(gender, t.plain("gender unclear"))


def _outcome(state: str, t: Speech) -> str:
    return {
        "served": t.plain("was served"),
        "left": t.plain("went away"),
        "missed": t.plain("was met by nobody"),
        "unknown": t.plain("unknown"),
        "recorded": t.plain("not announced"),
    }.get(state, t.plain("open"))


def _clock(row: Row, timezone: ZoneInfo) -> str:
    return f"{row.first_seen.astimezone(timezone):%Y-%m-%d %H:%M:%S}"


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet shows instead of computing it, whoever chose the name in it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
