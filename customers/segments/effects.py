"""How strongly two groups differ in one column: Cliff's delta, with an interval.

delta = P(x > y) - P(x < y) for one customer of each group drawn at random: 0 where the groups are alike, 1 where
everybody in the first lies above everybody in the second. It asks for no normal distribution, one absurd revenue does
not move it, and for a yes-or-no column it is simply the difference of the two shares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from customers.segments.table import Numbers


@dataclass(frozen=True)
class Effect:
    """Cliff's delta, from -1 to 1, and the interval that holds it with the asked confidence."""

    delta: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves no doubt about the direction."""
        return self.low > 0 or self.high < 0


def cliffs_delta(inside: Numbers, outside: Numbers, confidence: float) -> Effect | None:
    """The difference between two groups, None where one has fewer than two values.

    Args:
        inside, outside: the values of both groups [n], [m]; unknown ones (NaN) are left out.
        confidence: of the interval, such as 0.95.

    The variance is Cliff's unbiased one (N. Cliff, Psychological Bulletin 114, 1993), the interval the asymmetric one
    of D. Feng and N. Cliff (Journal of Modern Applied Statistical Methods 3, 2004), which stays within -1 and 1; they
    give another for groups that do not overlap at all, of which the variance says nothing.
    """
    x, y = np.sort(inside[~np.isnan(inside)]), np.sort(outside[~np.isnan(outside)])
    n, m = len(x), len(y)
    if n < 2 or m < 2:
        return None
    below_x, upto_x = np.searchsorted(y, x, "left"), np.searchsorted(y, x, "right")
    below_y, upto_y = np.searchsorted(x, y, "left"), np.searchsorted(x, y, "right")
    # Of each customer: the mean of sign(x - y) over everybody in the other group.
    of_x, of_y = (below_x + upto_x - m) / m, (n - below_y - upto_y) / n
    delta = float(of_x.mean())
    ties = float((upto_x - below_x).sum())
    pairs = (n * m - ties) - n * m * delta**2  # the sum of (sign - delta)² over all pairs
    variance = (m**2 * float(((of_x - delta) ** 2).sum()) + n**2 * float(((of_y - delta) ** 2).sum()) - pairs) / (
        n * m * (n - 1) * (m - 1)
    )
    # Cliff's own lower bound, as the unbiased estimate can fall below 0.
    variance = max(variance, (1 - delta**2) / (n * m - 1))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    if abs(delta) == 1:
        edge = (min(n, m) - z**2) / (min(n, m) + z**2)
        return Effect(1.0, edge, 1.0) if delta > 0 else Effect(-1.0, -1.0, -edge)
    spread = z * math.sqrt(variance) * math.sqrt((1 - delta**2) ** 2 + z**2 * variance)
    middle, scale = delta - delta**3, 1 - delta**2 + z**2 * variance
    return Effect(delta, max(-1.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))
