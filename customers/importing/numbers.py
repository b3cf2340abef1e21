"""Cells that hold a number: with a dot or a comma, within bounds that a shop can have, doubted otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from customers.importing.mends import Mend, mend
from customers.importing.printable import shown

_ID = r"0*[1-9][0-9]{0,17}"  # fits 64 bits
_NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"
_SPACES = "[ \t\u00a0\u202f]"

_TIMES, _OF_QUANTILE, _FROM_ROWS = 10, 0.99, 100
"""A sum that is 10 times what 99 % of the file's positive ones stay below is a slip (in the first data of this shop the
highest honest one is 1.1 times that, and the slip 15 times); fewer than 100 rows cannot say so."""


@dataclass(frozen=True)
class Numbers:
    """What a column may hold.

    Args:
        most: the highest value that is plausible; none is negative.
        whole: whether a fraction would be a mistake.
        beside_others: whether one far above all others of the file is a mistake, too.
    """

    most: float
    whole: bool = False
    beside_others: bool = False


def read_numbers(
    cells: pd.Series[str], bounds: Numbers, file: str, delimiter: str, reasons: dict[int, str]
) -> tuple[pd.Series[float], list[Mend]]:
    """The values of a column by line; NaN where the cell is doubted.

    Args:
        cells: text; the index is the line, the name the column's.
        bounds: what the column may hold.
        file: its name, for the mends.
        delimiter: of the file; decimal commas go with ";" and are a mend with ",".
        reasons: gets what is wrong with a line, unless something is already.
    """
    column = str(cells.name)
    mends: list[Mend] = []
    text = cells.str.strip()
    spaced = text.str.contains(_SPACES, regex=True)
    if spaced.any():
        text = text.str.replace(_SPACES, "", regex=True)
        mends.append(mend(file, column, "a space within a number", "none", cells.index[spaced]))
    commas = text.str.contains(",", regex=False)
    if commas.any():
        text = text.str.replace(",", ".", regex=False)
        if delimiter == ",":
            mends.append(mend(file, column, "a decimal comma", "a dot", cells.index[commas]))
    is_number = text.str.fullmatch(_NUMBER)
    values = pd.to_numeric(text.where(is_number), errors="coerce").astype(float)
    _doubt(text == "", "empty", cells, reasons)
    _doubt(~is_number, "is no number", cells, reasons)
    _doubt(values < 0, "is negative", cells, reasons)
    _doubt(values > bounds.most, f"is implausible: more than {bounds.most:,.0f}", cells, reasons)
    if bounds.whole:
        _doubt(values % 1 != 0, "is no whole number", cells, reasons)
    if bounds.beside_others:
        why = f"is implausible: more than {_TIMES} times what 99 % of the file stay below"
        _doubt(values > _beside_others(values), why, cells, reasons)
    return values.mask(cells.index.isin(reasons)), mends


def read_ids(cells: pd.Series[str], reasons: dict[int, str]) -> pd.Series[int]:
    """Customers' ids by line; 0 where the cell is doubted, which `reasons` then says."""
    text = cells.str.strip()
    is_id = text.str.fullmatch(_ID)
    _doubt(~is_id, "is no id (a whole number from 1)", cells, reasons)
    return text.where(is_id, "0").astype("int64")


def _beside_others(values: pd.Series[float]) -> float:
    positive = values[values > 0]
    return _TIMES * float(positive.quantile(_OF_QUANTILE)) if len(positive) >= _FROM_ROWS else float("inf")


def _doubt(wrong: pd.Series[Any], why: str, cells: pd.Series[str], reasons: dict[int, str]) -> None:
    for line, cell in cells[wrong].items():
        said = f"{shown(cell)} {why}" if cell.strip() else why
        reasons.setdefault(int(str(line)), f"{cells.name}: {said}")
