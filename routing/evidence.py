"""What routing learns from: a visitor's distributions, where and when they came, as numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BANDS = ((0, 12), (13, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 100))
"""Ages in whole years, both ends included, whose probabilities are kept of a visit to learn from."""

ATTIRE = ("formal", "casual", "sport", "outerwear", "dress")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HARMONICS = (1, 2)  # of a day: morning and evening, and what lies between

FEATURES = (
    *(f"age {low}+" for low, _ in BANDS[1:]),
    "female",
    *ATTIRE,
    *(f"hour {wave}{harmonic}" for harmonic in _HARMONICS for wave in ("sin", "cos")),
    *_WEEKDAYS,
)
"""Names of the columns of `features`. Ages are cumulative, so that neighbouring bands learn from each other."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of a visit when its department is decided.

    Attributes:
        bands: P(age in band), one for each of BANDS; sums to 1.
        p_female: P(female).
        attire: P(trait) by name; a missing one counts as absent.
        camera: the camera's name.
        at: when the visitor was first seen, by the shop's clock.
    """

    bands: Sequence[float]
    p_female: float
    attire: Mapping[str, float]
    camera: str
    at: datetime


def bands(age: Floats) -> list[float]:
    """P(age in band) for each of BANDS, to four digits, from P(age = year) for the years 0 to 100."""
    return [round(float(age[low : high + 1].sum()), 4) for low, high in BANDS]


def years(of_bands: Sequence[float]) -> Floats:
    """P(age = year) for the years 0 to 100, spread evenly within each band: what `bands` has left of it."""
    spread = [np.full(high - low + 1, p / (high - low + 1)) for (low, high), p in zip(BANDS, of_bands, strict=True)]
    whole = np.concatenate(spread)
    return np.asarray(whole / whole.sum(), np.float64)


def features(visits: Sequence[Evidence]) -> Floats:
    """One row a visit, one column for each of FEATURES: (N, D)."""
    return np.array([_row(visit) for visit in visits], np.float64).reshape(len(visits), len(FEATURES))


def _row(visit: Evidence) -> list[float]:
    older = np.cumsum(np.asarray(visit.bands)[::-1])[::-1][1:]
    hour = visit.at.hour + visit.at.minute / 60
    waves = [wave(2 * math.pi * harmonic * hour / 24) for harmonic in _HARMONICS for wave in (math.sin, math.cos)]
    day = [float(visit.at.weekday() == number) for number in range(len(_WEEKDAYS))]
    return [*older, visit.p_female, *(visit.attire.get(name, 0.0) for name in ATTIRE), *waves, *day]
