"""A period's visits as a CSV file that Excel opens as a table."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from bot.sheet import Sheet
from bot.shop import Shop
from bot.texts import Speech
from bot.words import attire_word, band_word, department_word
from db.journal import Row


class Table:
    """Grows row by row."""

    def __init__(self, shop: Shop, t: Speech) -> None:
        self._shop = shop
        self._t = t
        self._sheet = Sheet(t)
        self._sheet.write(
            *([t.plain("shop")] if shop.whole_chain else []),
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
        """One line per visit, times by its shop's clock."""
        shop, t = self._shop, self._t
        for row in rows:
            self._sheet.write(
                *([row.shop] if shop.whole_chain else []),
                _clock(row),
                row.camera,
                department_word(row.department, shop, t),
                round(100 * row.department_p),
                band_word(row.age_band, t),
                _gender(row.gender, t),
                ", ".join(attire_word(trait, t) for trait in row.attire),
                _outcome(row.state, t),
                row.taken_by or "",
                None if row.seconds_to_claim is None else round(row.seconds_to_claim),
                department_word(row.wanted, shop, t) if row.wanted else "",
            )

    def file(self) -> bytes:
        """The whole file."""
        return self._sheet.file()


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


def _clock(row: Row) -> str:
    return f"{row.first_seen.astimezone(ZoneInfo(row.time_zone)):%Y-%m-%d %H:%M:%S}"
