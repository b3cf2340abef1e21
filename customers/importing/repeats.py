"""Rows that say the same thing twice, or two things of one customer."""

from __future__ import annotations

import pandas as pd


def doubt_repeats(cells: pd.DataFrame, keys: pd.DataFrame, doubts: dict[int, str]) -> None:
    """Doubt the second of two equal rows, and all rows with one key and different values: nobody knows which is right.

    Args:
        cells: the text of the rows; the index is the line.
        keys: what may stand once only, the id first; the same index.
        doubts: gets what is wrong with a line, unless something is already.
    """
    again = keys.duplicated(keep=False) & (keys["id"] != 0) & keys.notna().all(axis=1)
    if not again.any():
        return
    equal = cells[again].apply(lambda column: column.str.strip()).duplicated(keep="first")
    names = list(keys.columns)
    rows = keys[again].assign(line=keys.index[again])
    first = rows.groupby(names)["line"].transform("min")
    for line in first.index[equal]:
        doubts.setdefault(line, f"the same row stands on line {first[line]} already")
    rows = rows[~equal]
    rows = rows[rows.duplicated(names, keep=False)]
    span = rows.groupby(names)["line"]
    both = pd.DataFrame({"id": rows["id"], "low": span.transform("min"), "high": span.transform("max")})
    for line, (id, low, high) in zip(both.index, both.itertuples(index=False), strict=True):
        doubts.setdefault(line, f"id {id} stands on lines {low} and {high} with different values")
