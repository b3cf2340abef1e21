"""Figures of the age network: errors in years, bins, intervals, and the age check at a till."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.evaluation.bootstrap import mean_interval
from vision.evaluation.groups import BINS, Mask, bin_name, bin_of
from vision.traits import YEARS, intervals

ADULT = 18
MINORS = tuple(range(13, ADULT))
ADULTS = ((18, 24), (25, 29), (30, 100))
"""Groups of adults for whom being asked for a document is a false alarm, as in NIST's FATE age estimation report."""

THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
"""P(age < 18) from which a document is asked for."""

Floats = NDArray[np.float64]
Years = NDArray[np.int_]


def age_figures(p: Floats, first: Years, last: Years, female: Floats | Mask) -> dict[str, Any]:
    """All figures for one set of faces.

    Args:
        p: (N, 101) P(age = year).
        first, last: (N,) the years that each label allows; equal where the age is exact.
        female: (N,) labels: 1 or True, 0 or False, NaN where there is none.

    Returns:
        The figures of `summary` for all, under "bands" and "genders" for parts, and under "age_check" the table,
        None where no age is exact.
    """
    exact = first == last
    bands = {bin_name(band): bin_of(first) == index for index, band in enumerate(BINS)}
    return {
        **summary(p, first, last),
        "bands": {name: summary(p[mask], first[mask], last[mask]) for name, mask in bands.items() if mask.any()},
        "genders": {
            name: summary(p[mask], first[mask], last[mask])
            for name, mask in (("female", female == 1), ("male", female == 0))
            if mask.any()
        },
        "age_check": age_check(p[exact], first[exact]) if exact.any() else None,
    }


def summary(p: Floats, first: Years, last: Years) -> dict[str, Any]:
    """Errors of the expected age (years) where ages are exact, and of the likeliest bin everywhere.

    Returns:
        n; over the exact ages, or None where there are none: mae, median_error, bias (positive: told too old), cs5
        (share within 5 years), coverage80 (share inside the 80 % interval); and bin_accuracy, bin_within_1, for bins
        of FairFace, each that the label reaches being right. Those with _ci95 are the ends of 95 % bootstrap intervals.
    """
    exact = first == last
    likeliest = np.stack([p[:, low : high + 1].sum(axis=1) for low, high in BINS], axis=1).argmax(axis=1)
    # A label may span several bins, as other data sets' bins do.
    away = np.maximum(0, np.maximum(bin_of(first) - likeliest, likeliest - bin_of(last)))
    return {
        "n": len(p),
        **(_years(p[exact], first[exact]) if exact.any() else dict.fromkeys(_YEARS)),
        "bin_accuracy": float((away == 0).mean()),
        "bin_accuracy_ci95": mean_interval(away == 0),
        "bin_within_1": float((away <= 1).mean()),
        "bin_within_1_ci95": mean_interval(away <= 1),
    }


_YEARS = ("mae", "mae_ci95", "median_error", "bias", "cs5", "coverage80")


def _years(p: Floats, age: Years) -> dict[str, Any]:
    error = p @ YEARS - age
    low, high = intervals(p, 0.8)
    return {
        "mae": float(np.abs(error).mean()),
        "mae_ci95": mean_interval(np.abs(error)),
        "median_error": float(np.median(np.abs(error))),
        "bias": float(error.mean()),
        "cs5": float((np.abs(error) <= 5).mean()),
        "coverage80": float(((low <= age) & (age <= high)).mean()),
    }


def age_check(p: Floats, age: Years) -> list[dict[str, Any]]:
    """What happens at a till that asks for a document wherever P(age < 18) reaches a threshold.

    Returns:
        For each of THRESHOLDS: "threshold"; "missed": by year of age 13 to 17 and "13-17" together, the share of
        minors who are not asked; "asked": by group of ADULTS, the share of adults who are. None where a group is
        empty.
    """
    young = p[:, :ADULT].sum(axis=1)
    minors = {str(year): age == year for year in MINORS}
    minors["13-17"] = np.isin(age, MINORS)
    adults = {f"{low}+" if high == 100 else f"{low}-{high}": (age >= low) & (age <= high) for low, high in ADULTS}
    return [
        {
            "threshold": threshold,
            "missed": {name: _share(young[mask] < threshold) for name, mask in minors.items()},
            "asked": {name: _share(young[mask] >= threshold) for name, mask in adults.items()},
        }
        for threshold in THRESHOLDS
    ]


def _share(hits: Mask) -> float | None:
    return float(hits.mean()) if hits.size else None
