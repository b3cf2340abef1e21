"""Confidence intervals by resampling with replacement (Efron & Tibshirani, 1993, percentile method)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 500
LEVEL = 0.95


def interval(figure: Callable[[NDArray[np.int_]], float], n: int) -> list[float]:
    """Ends of the interval that holds a figure with probability LEVEL; the same at every call.

    Args:
        figure: computes the figure from indices of pictures (n,); NaN where a resample has none.
        n: number of pictures, at least 1.
    """
    rng = np.random.default_rng(0)
    values = [figure(rng.integers(0, n, n)) for _ in range(RESAMPLES)]
    tail = (1 - LEVEL) / 2
    return [float(end) for end in np.nanquantile(values, [tail, 1 - tail])]


def mean_interval(values: NDArray[Any]) -> list[float]:
    """The interval of the mean of (n,) values."""
    numbers = np.asarray(values, np.float64)
    return interval(lambda chosen: float(numbers[chosen].mean()), len(numbers))
