"""The four files of a folder as customers: whoever can be trusted in all of them, and what was mended and doubted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from customers.columns import typed
from customers.errors import CustomersError
from customers.generated.marker import is_synthetic
from customers.importing import schema
from customers.importing.delimited import Column, Delimited, read_delimited
from customers.importing.mends import Mend
from customers.importing.numbers import Numbers, read_ids, read_numbers
from customers.importing.repeats import doubt_repeats
from customers.importing.words import Words, read_words
from db.quarantine import Untrusted


@dataclass(frozen=True)
class Reading:
    """What a folder holds.

    Args:
        customers: who can be trusted, a row each, by id; the columns are those of `customers.columns.FRAME`.
        mends: what was put right.
        untrusted: the rows that are left out.
        synthetic: whether the folder says that it was generated.
    """

    customers: pd.DataFrame
    mends: list[Mend]
    untrusted: list[Untrusted]
    synthetic: bool


@dataclass
class _Notes:
    """What is gathered along the way, file by file."""

    mends: list[Mend] = field(default_factory=list)
    untrusted: list[Untrusted] = field(default_factory=list)


def read_customer_files(folder: Path) -> Reading:
    """Read market_file.csv, market_money.csv, market_time.csv and money.csv of a folder.

    Raises:
        CustomersError: a file is missing, empty or no such table, or no customer in it can be trusted.
    """
    if not folder.is_dir():
        raise CustomersError(
            f"{folder} is no folder; name the one that holds {', '.join(schema.FILES[:-1])} and {schema.FILES[-1]}"
        )
    notes = _Notes()
    table = read_delimited(folder / schema.TRAITS_FILE, schema.TRAITS_COLUMNS)
    doubts: dict[int, str] = {}
    traits = _traits(table, notes, doubts)
    others = _Others(folder, set(traits["id"]), notes)
    parts = [
        others.months(
            schema.REVENUE_FILE, schema.REVENUE_COLUMNS, schema.REVENUE_PERIODS, schema.REVENUE_NUMBERS, "revenue"
        ),
        others.months(
            schema.MINUTES_FILE, schema.MINUTES_COLUMNS, schema.MINUTES_PERIODS, schema.MINUTES_NUMBERS, "minutes"
        ),
        others.plain(schema.PROFIT_FILE, schema.PROFIT_COLUMNS, schema.PROFIT_NUMBERS, "profit"),
    ]
    joined = traits.reset_index().merge(pd.concat(parts, axis=1), left_on="id", right_index=True, how="left")
    joined = joined.set_index("line")
    _doubt_the_incomplete(joined, doubts)
    notes.untrusted += table.untrusted(doubts)
    trusted = joined[~joined.index.isin(doubts)].set_index("id").sort_index()
    if trusted.empty:
        raise CustomersError(_nobody(folder, notes.untrusted))
    synthetic = is_synthetic(folder)
    return Reading(typed(trusted.assign(synthetic=synthetic)), notes.mends, notes.untrusted, synthetic)


def _traits(table: Delimited, notes: _Notes, doubts: dict[int, str]) -> pd.DataFrame:
    """market_file.csv by line, with the ids of all rows."""
    ids = read_ids(table.cells[schema.ID], doubts)
    columns: dict[str, pd.Series[Any]] = {"id": ids}
    for name, (ours, words) in schema.TRAIT_WORDS.items():
        columns[ours], mends = read_words(table.cells[name], words, table.file, doubts)
        notes.mends += mends
    for name, (ours, bounds) in schema.TRAIT_NUMBERS.items():
        columns[ours], mends = read_numbers(table.cells[name], bounds, table.file, table.delimiter, doubts)
        notes.mends += mends
    doubt_repeats(table.cells, ids.to_frame(), doubts)
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class _Others:
    """The files that add something to the customers of market_file.csv."""

    folder: Path
    known: set[int]
    notes: _Notes

    def months(self, file: str, columns: Sequence[Column], periods: Words, bounds: Numbers, what: str) -> pd.DataFrame:
        """A column for each period, such as "revenue_current", by the customer's id."""
        table = read_delimited(self.folder / file, columns)
        doubts: dict[int, str] = {}
        ids = read_ids(table.cells[schema.ID], doubts)
        period, mends = read_words(table.cells[schema.PERIOD], periods, file, doubts)
        self.notes.mends += mends
        values = self._values(table, ids, bounds, doubts)
        doubt_repeats(table.cells, pd.DataFrame({"id": ids, schema.PERIOD: period}), doubts)
        self.notes.untrusted += table.untrusted(doubts)
        trusted = pd.DataFrame({"id": ids, "period": period, "value": values})[~table.cells.index.isin(doubts)]
        wide = trusted.set_index(["id", "period"])["value"].unstack("period")
        return wide.reindex(columns=list(periods.values.values())).add_prefix(f"{what}_")

    def plain(self, file: str, columns: Sequence[Column], bounds: Numbers, what: str) -> pd.DataFrame:
        """One column, by the customer's id."""
        table = read_delimited(self.folder / file, columns)
        doubts: dict[int, str] = {}
        ids = read_ids(table.cells[schema.ID], doubts)
        values = self._values(table, ids, bounds, doubts)
        doubt_repeats(table.cells, ids.to_frame(), doubts)
        self.notes.untrusted += table.untrusted(doubts)
        trusted = pd.DataFrame({"id": ids, what: values})[~table.cells.index.isin(doubts)]
        return trusted.set_index("id")

    def _values(self, table: Delimited, ids: pd.Series[Any], bounds: Numbers, doubts: dict[int, str]) -> pd.Series[Any]:
        """The numbers in the last column; rows of nobody we know are doubted."""
        column = table.cells.iloc[:, -1]
        values, mends = read_numbers(column, bounds, table.file, table.delimiter, doubts)
        self.notes.mends += mends
        for line, stranger in ids[~ids.isin(self.known)].items():
            doubts.setdefault(int(str(line)), f"no customer {stranger} in {schema.TRAITS_FILE}")
        return values


def _doubt_the_incomplete(joined: pd.DataFrame, doubts: dict[int, str]) -> None:
    """Doubt customers of whom a month or the profit is not known."""
    sources = {"revenue": schema.REVENUE_FILE, "minutes": schema.MINUTES_FILE, "profit": schema.PROFIT_FILE}
    names = [name for name in joined.columns if name.split("_")[0] in sources]
    missing = joined[names].isna()
    for line, gaps in missing[missing.any(axis=1)].iterrows():
        said = [f"{name} ({sources[name.split('_')[0]]})" for name in names if gaps[name]]
        doubts.setdefault(int(str(line)), f"nothing that can be trusted is known of: {', '.join(said)}")


def _nobody(folder: Path, untrusted: Sequence[Untrusted]) -> str:
    first = "; ".join(f"{row.file}, line {row.line}: {row.reason}" for row in untrusted[:3])
    return f"{folder}: no customer can be trusted, so nothing was imported. {len(untrusted)} rows are wrong: {first}"
