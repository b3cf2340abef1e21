"""Who fulfils a condition. An unknown value neither fulfils a comparison nor fails it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customers.segments.expression import All, Compared, Condition, Either, Not, OneOf, Other, Quantile
from customers.segments.table import Customers, Flags

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}


def members(condition: Condition, customers: Customers) -> Flags:
    """Which of the n customers surely fulfil a condition: [n].

    Quantiles are those of all customers whose value is known.
    """
    return _answers(condition, customers)[0]


def _answers(condition: Condition, customers: Customers) -> tuple[Flags, Flags]:
    """Who fulfils a condition and who does not; whoever is in neither has an unknown value (Kleene's logic)."""
    match condition:
        case Compared():
            return _compared(condition, customers)
        case OneOf(name, values):
            column = customers.columns[name]
            return _told(reduce(operator.or_, (column == value for value in values)), _known(column))
        case Not(part):
            yes, no = _answers(part, customers)
            return no, yes
        case All(parts):
            yeses, noes = zip(*(_answers(part, customers) for part in parts), strict=True)
            return reduce(operator.and_, yeses), reduce(operator.or_, noes)
        case Either(parts):
            yeses, noes = zip(*(_answers(part, customers) for part in parts), strict=True)
            return reduce(operator.or_, yeses), reduce(operator.and_, noes)


def _compared(condition: Compared, customers: Customers) -> tuple[Flags, Flags]:
    column = customers.columns[condition.column]
    known = _known(column)
    value: Any = condition.value
    match value:
        case Quantile(share):
            value = float(np.quantile(column[known], share)) if known.any() else np.nan
        case Other(name):
            value = customers.columns[name]
            known = known & _known(value)
    return _told(_COMPARE[condition.operator](column, value), known)


def _told(fulfilled: NDArray[Any], known: Flags) -> tuple[Flags, Flags]:
    yes = fulfilled.astype(np.bool_) & known
    return yes, known & ~yes


def _known(column: NDArray[Any]) -> Flags:
    return ~np.isnan(column) if column.dtype == np.float64 else np.ones(len(column), np.bool_)
