"""The features of one session without an engine, for an answer within milliseconds.

What `features.py` says in Ibis, said once more for one session; a test holds the two equal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from customers.sessions.terms import LOG_PAST, LOG_SECONDS, LOG_VIEWS, LONGEST_SECONDS, PAST_VALUE

Viewed = tuple[str, str, str, str]
"""A product that was looked at, by its categories from the widest to the product itself."""


def seen(views: Sequence[Viewed]) -> set[str]:
    """The terms of what was looked at, in this order."""
    terms: set[str] = set()
    for a, b, c, d in views:
        terms.update((f"a:{a}", f"b:{a}/{b}", f"c:{a}/{b}/{c}", f"d:{d}"))
    if views:
        terms.update((f"first:{views[0][2]}", f"last:{views[-1][2]}"))
    terms.update(f"step:{one[2]}>{next_[2]}" for one, next_ in pairwise(views))
    return terms


def features(started: datetime, ended: datetime, views: Sequence[Viewed]) -> dict[str, float]:
    """Of a session alone: the value of each term."""
    values = dict.fromkeys(seen(views), 1.0)
    for term in (f"hour:{started.hour}", f"weekday:{started.weekday()}"):
        values[term] = 1.0
    seconds = min(int((ended - started).total_seconds()), LONGEST_SECONDS)
    values[LOG_SECONDS] = math.log(1 + seconds)
    values[LOG_VIEWS] = math.log(1 + len(views))
    return values


def with_past(alone: dict[str, float], past: Sequence[Sequence[Viewed]]) -> dict[str, float]:
    """The same with what was looked at in each of the visitor's remembered sessions that had ended before."""
    values = dict(alone)
    for views in past:
        for term in seen(views):
            values.setdefault(term, PAST_VALUE)
    if past:
        values[LOG_PAST] = math.log(1 + len(past))
    return values
