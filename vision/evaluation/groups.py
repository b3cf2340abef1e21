"""Groups of people that figures are reported for, and FairFace's bins of ages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vision.traits import MAX_AGE

Mask = NDArray[np.bool_]

BINS = ((0, 2), (3, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, MAX_AGE))
"""FairFace's nine bins: first and last year of each."""


def bin_name(band: tuple[int, int]) -> str:
    """ "20-29", or "70+" for the open one."""
    return f"{band[0]}+" if band[1] == MAX_AGE else f"{band[0]}-{band[1]}"


def bin_of(years: NDArray[np.int_]) -> NDArray[np.int_]:
    """The index in BINS of each year."""
    starts = np.array([low for low, _ in BINS])
    return np.asarray(np.searchsorted(starts, years, side="right") - 1, np.int_)


def split_by(names: Sequence[str]) -> Iterator[tuple[str, Mask]]:
    """A mask for each name that occurs, in alphabetical order."""
    array = np.array(names)
    for name in sorted(set(names)):
        yield name, array == name
