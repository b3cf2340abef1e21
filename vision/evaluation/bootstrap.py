"""Confidence intervals by resampling the pictures with replacement (Efron & Tibshirani, 1993, percentile method)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000


def interval(
    figure: Callable[[NDArray[np.int_]], float], n: int, *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """The interval that holds a figure with probability `level`, from RESAMPLES resamples.

    Args:
        figure: computes the figure from indices of pictures (n,).
        n: number of pictures, at least 1.
    """
    rng = np.random.default_rng(seed)
    values = [figure(rng.integers(0, n, n)) for _ in range(RESAMPLES)]
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
