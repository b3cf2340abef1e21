"""Quantiles of waiting times from counts alone: the sketch DDSketch, whose buckets grow by a constant factor.

Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019.
Counts of a bucket can be added and taken away, by whoever and in any order; a quantile is off by ACCURACY at most.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

ACCURACY = 0.02
"""Greatest relative error of a quantile."""

SHORTEST_SECONDS = 0.001
"""Whoever was taken sooner counts as taken then."""

GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
"""Bucket i holds what is longer than GROWTH**(i-1) seconds and no longer than GROWTH**i."""


def bucket_of(seconds: str) -> str:
    """The bucket of an expression of PostgreSQL's, as an expression; null where that is."""
    # greatest() would take the other one in the place of null.
    some = f"CASE WHEN {seconds} < {SHORTEST_SECONDS} THEN {SHORTEST_SECONDS} ELSE {seconds} END"
    return f"CAST(ceil(ln({some}) / {math.log(GROWTH)!r}) AS smallint)"


def quantile(waits: Mapping[int, int], share: float) -> float | None:
    """A quantile (s) between its two neighbours, as numpy's default has it; None where nobody waited.

    Args:
        waits: how many waited, by bucket.
        share: from 0 to 1.
    """
    number = sum(waits.values())
    if number <= 0:
        return None
    place = share * (number - 1)
    low, high = _at(waits, math.floor(place)), _at(waits, math.ceil(place))
    return low + (high - low) * (place - math.floor(place))


def _at(waits: Mapping[int, int], place: int) -> float:
    """The wait that has so many shorter ones, as its bucket has it."""
    shorter = 0
    bucket = 0
    for bucket in sorted(waits):
        shorter += waits[bucket]
        if shorter > place:
            break
    return 2 * GROWTH**bucket / (GROWTH + 1)
