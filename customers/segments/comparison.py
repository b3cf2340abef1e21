"""A segment beside everybody else: how many they are, what they are worth, what is at risk, and what sets them apart.

Means are told of probabilities, medians of money: one customer of 1,100 has a revenue twenty times the usual.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customers.segments.columns import COLUMNS
from customers.segments.effects import Effect, cliffs_delta
from customers.segments.expression import named
from customers.segments.membership import members
from customers.segments.segment import Segment
from customers.segments.table import Customers, Flags, Numbers

CONFIDENCE = 0.95
"""That all intervals of a segment hold at once."""


@dataclass(frozen=True)
class Side:
    """Some customers; a figure is None where it is known of none of them.

    Attributes:
        customers: how many.
        churn: mean probability.
        revenue, profit: medians of what each brings a month.
    """

    customers: int
    churn: float | None
    revenue: float | None
    profit: float | None


@dataclass(frozen=True)
class AtRisk:
    """What a month may lose: the sum over customers of P(churn) × what they bring a month.

    It is what would be lost if everybody who buys less stopped buying altogether, on average over who that will be:
    an upper bound, as many only buy less. Customers without a probability are in no sum; `unscored` counts them.
    """

    revenue: float
    profit: float
    unscored: int


@dataclass(frozen=True)
class Difference:
    """One column in which a segment may differ from the rest.

    Attributes:
        column: its name.
        value: for a text column, the value that is counted; None for a number.
        inside, outside: medians of a number, shares of a value.
        effect: Cliff's delta, for a value the difference of the shares.
    """

    column: str
    value: str | None
    inside: float
    outside: float
    effect: Effect


@dataclass(frozen=True)
class Standing:
    """A segment in figures; `share` is of all customers, 0 where there are none."""

    inside: Side
    outside: Side
    share: float
    at_risk: AtRisk


def standing(segment: Segment, customers: Customers) -> Standing:
    """A segment beside the rest."""
    inside = members(segment.condition, customers)
    return Standing(
        inside=_side(customers, inside),
        outside=_side(customers, ~inside),
        share=float(inside.mean()) if len(customers) else 0.0,
        at_risk=at_risk(customers, inside),
    )


def differences(segment: Segment, customers: Customers) -> tuple[Difference, ...]:
    """What sets a segment apart, the strongest first; `churn`, told of anyway, is left out.

    So are the columns of the segment's own condition, which differ by definition. With k columns, each interval has
    1 - 0.05 / k (Bonferroni), so that among many looks chance does not pass for a finding.
    """
    inside = members(segment.condition, customers)
    looks = list(_looks(customers, named(segment.condition) | {"churn"}))
    found = []
    for column, value, values in looks:
        effect = cliffs_delta(values[inside], values[~inside], 1 - (1 - CONFIDENCE) / len(looks))
        if effect is not None:
            told = np.nanmedian if value is None else np.nanmean
            found.append(Difference(column, value, float(told(values[inside])), float(told(values[~inside])), effect))
    return tuple(sorted(found, key=lambda difference: -abs(difference.effect.delta)))


def at_risk(customers: Customers, chosen: Flags) -> AtRisk:
    """The money at risk each month among the chosen customers [n]."""
    churn = customers.numbers("churn")[chosen]
    return AtRisk(
        revenue=float(np.nansum(churn * customers.numbers("revenue")[chosen])),
        profit=float(np.nansum(churn * customers.numbers("profit")[chosen])),
        unscored=int(np.isnan(churn).sum()),
    )


def _side(customers: Customers, chosen: Flags) -> Side:
    return Side(
        customers=int(chosen.sum()),
        churn=_known(np.mean, customers.numbers("churn")[chosen]),
        revenue=_known(np.median, customers.numbers("revenue")[chosen]),
        profit=_known(np.median, customers.numbers("profit")[chosen]),
    )


def _known(statistic: Any, values: Numbers) -> float | None:
    known = values[~np.isnan(values)]
    return float(statistic(known)) if len(known) else None


def _looks(customers: Customers, without: frozenset[str]) -> Iterator[tuple[str, str | None, Numbers]]:
    """Each column of numbers, and each value of a text column as 0 and 1."""
    for name, column in COLUMNS.items():
        if name in without:
            continue
        if column.kind == "number":
            yield name, None, customers.numbers(name)
            continue
        texts: NDArray[Any] = customers.texts(name)
        values = list(dict.fromkeys(column.words.values()))
        # Of two values, one says it all.
        for value in values if len(values) > 2 else values[:1]:
            yield name, value, (texts == value).astype(np.float64)
