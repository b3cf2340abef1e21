"""Cells that hold one of a few known words: read, mended where a misspelling is known, doubted otherwise.

Nothing is guessed: «предыдущий_месяц» and «препредыдущий_месяц» are so near each other that the nearest word would
often be the wrong one. What is nearly a word is doubted, with the word as a hint.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from customers.importing.mends import Mend, mend
from customers.importing.printable import shown


@dataclass(frozen=True)
class Words:
    """What a column may say.

    Args:
        values: the word as it should be written, and what it means here.
        misspelt: misspellings that are known, and the word that was meant.
        or_nothing: whether an empty cell is an answer, too (it means None).
    """

    values: Mapping[str, Any]
    misspelt: Mapping[str, str]
    or_nothing: bool = False


def read_words(
    cells: pd.Series[str], words: Words, file: str, reasons: dict[int, str]
) -> tuple[pd.Series[Any], list[Mend]]:
    """The values of a column by line.

    Args:
        cells: text; the index is the line, the name the column's.
        words: what the column may say.
        file: its name, for the mends.
        reasons: gets what is wrong with a line whose word is unknown, unless something is already.
    """
    column = str(cells.name)
    known = {_plain(word): word for word in words.values}
    known |= {_plain(wrong): right for wrong, right in words.misspelt.items()}
    meaning: dict[str, Any] = {}
    mends: list[Mend] = []
    for cell in cells.unique():
        word = known.get(_plain(cell))
        if word is not None:
            meaning[cell] = words.values[word]
            if cell != word:
                mends.append(mend(file, column, f"'{shown(cell)}'", f"'{word}'", cells.index[cells == cell]))
        elif not (words.or_nothing and not cell.strip()):
            reason = _unknown(column, cell, known)
            for line in cells.index[cells == cell]:
                reasons.setdefault(line, reason)
    return cells.map(meaning).astype(object).where(cells.isin(meaning.keys()), None), mends


def _unknown(column: str, cell: str, known: Mapping[str, str]) -> str:
    if not cell.strip():
        return f"{column}: empty"
    near = difflib.get_close_matches(_plain(cell), known, n=1, cutoff=0.75)
    hint = f"; is '{known[near[0]]}' meant?" if near else f"; known are {', '.join(dict.fromkeys(known.values()))}"
    return f"{column}: unknown '{shown(cell)}'{hint}"


def _plain(word: str) -> str:
    """A word without what people type differently."""
    return " ".join(word.replace("_", " ").split()).casefold().replace("ё", "е")
