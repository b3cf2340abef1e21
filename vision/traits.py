"""What the three networks say about a person, as probability distributions, and how several looks are fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_AGE = 100
YEARS = np.arange(MAX_AGE + 1)
ATTIRE = ("formal", "casual", "sport", "outerwear", "dress")
AGE_BANDS = ((0, 12), (13, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, MAX_AGE))


@dataclass(frozen=True, eq=False)
class Traits:
    """Distributions over one person's traits.

    Attributes:
        age: (101,) float64, P(age = year) for the years 0 to 100; sums to 1.
        p_female: P(female).
        attire: P(trait) for each name in ATTIRE; independent, so they need not sum to 1. Empty where only the face
            was read.
    """

    age: NDArray[np.float64]
    p_female: float
    attire: Mapping[str, float]

    @property
    def age_mean(self) -> float:
        """Expected age (years)."""
        return float(self.age @ YEARS)

    @property
    def age_band(self) -> str:
        """The band of AGE_BANDS that holds the expected age, as "25-34"; the last one as "65+"."""
        low, high = next(band for band in AGE_BANDS if int(self.age_mean) <= band[1])
        return f"{low}+" if high == MAX_AGE else f"{low}-{high}"

    def age_interval(self, level: float = 0.8) -> tuple[int, int]:
        """The central interval that holds the age with probability `level`, as (low, high) in whole years."""
        low, high = intervals(self.age[None], level)
        return int(low[0]), int(high[0])

    def gender(self, unknown: tuple[float, float]) -> str:
        """ "female", "male", or "unknown" where P(female) lies strictly between the two thresholds."""
        low, high = unknown
        if self.p_female >= high:
            return "female"
        return "male" if self.p_female <= low else "unknown"


def intervals(age: NDArray[np.float64], level: float) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """The central intervals that hold the age with probability `level`.

    Args:
        age: (N, 101) P(age = year).

    Returns:
        First and last year of each interval, (N,) and (N,).
    """
    cumulative = np.cumsum(age, axis=1)
    tail = (1 - level) / 2
    # Rounding may leave the sum just below one, so that no year reaches a level of one.
    low, high = ((cumulative < edge).sum(axis=1).clip(0, MAX_AGE) for edge in (tail, 1 - tail))
    return low, high


def fuse(looks: Sequence[Traits], weights: Sequence[float]) -> Traits:
    """The weighted mean of several looks at one person (weights need not sum to 1, but must be positive).

    Attire is the mean of those looks where it was read.

    Raises:
        ValueError: no look was given, or a weight is not positive.
    """
    if not looks or any(weight <= 0 for weight in weights):
        raise ValueError("fuse needs at least one look, and positive weights")
    share = np.asarray(weights, np.float64) / float(np.sum(weights))
    read = [(look, weight) for look, weight in zip(looks, share.tolist(), strict=True) if look.attire]
    return Traits(
        age=share @ np.stack([look.age for look in looks]),
        p_female=float(share @ [look.p_female for look in looks]),
        attire={name: _mean([(look.attire[name], s) for look, s in read]) for name in ATTIRE} if read else {},
    )


def _mean(weighted: Sequence[tuple[float, float]]) -> float:
    """Of (value, weight)."""
    return sum(value * weight for value, weight in weighted) / sum(weight for _, weight in weighted)
