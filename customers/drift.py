"""Drift: how far customers have moved from those that a model learnt from, feature by feature.

The population stability index PSI = Σ (p − q) ln(p / q) over bins, with q the shares in training and p those now; below
0.1 is usually taken as no change, above 0.25 as a large one (Siddiqi, Credit Risk Scorecards, 2006). With few customers
PSI is large by chance alone: with no drift it is about (1/n + 1/m) χ² with bins − 1 degrees of freedom (Yurdakul and
Naranjo, Statistical properties of the population stability index, 2020), and nothing below that law's 99.99 % is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2

_BINS = 10
_NOTICEABLE, _LARGE = 0.1, 0.25
_CHANCE = 0.9999  # of one feature; an import looks at seventeen
_NOT_FEATURES = ("dropped", "synthetic")


@dataclass(frozen=True)
class Drift:
    """How far one feature has moved.

    Args:
        feature: a column of the customers' frame.
        psi: the population stability index, 0 for no change.
        level: "none", "noticeable" (0.1 to 0.25) or "large", each only where it is more than chance.
        before: in training: the median, or the commonest value.
        now: the same of these customers.
    """

    feature: str
    psi: float
    level: Literal["none", "noticeable", "large"]
    before: float | str
    now: float | str


def reference(frame: pd.DataFrame) -> dict[str, Any]:
    """What later customers are compared with, fit for JSON: the shares of each feature's bins or values.

    Args:
        frame: the customers that a model learns from, as `customers.frame` gives them.
    """
    columns = [name for name in frame.columns if name not in _NOT_FEATURES]
    return {"n": len(frame), "features": {name: _reference(frame[name]) for name in columns}}


def drift(reference: Mapping[str, Any], frame: pd.DataFrame) -> list[Drift]:
    """How far each feature of a frame has moved from the reference, the farthest first.

    Args:
        reference: as `reference` made it of the training data.
        frame: other customers; columns that the reference does not know are left out.
    """
    if frame.empty:
        return []
    moved = [
        _drift(name, known, frame[name], reference["n"])
        for name, known in reference["features"].items()
        if name in frame.columns
    ]
    return sorted(moved, key=lambda one: -one.psi)


def _reference(column: pd.Series[Any]) -> dict[str, Any]:
    if _is_number(column):
        edges = np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1]))
        return {
            "edges": edges.tolist(),
            "shares": _shares_of_bins(column, edges).tolist(),
            "typical": float(column.median()),
        }
    shares = column.astype(str).value_counts(normalize=True)
    return {"shares": {str(value): float(share) for value, share in shares.items()}, "typical": str(shares.index[0])}


def _drift(name: str, known: Mapping[str, Any], column: pd.Series[Any], n: int) -> Drift:
    m = len(column)
    now: float | str
    if "edges" in known:
        before = np.asarray(known["shares"])
        after = _shares_of_bins(column, np.asarray(known["edges"]))
        now = float(column.median())
    else:
        shares = column.astype(str).value_counts(normalize=True)
        values = sorted({*known["shares"], *map(str, shares.index)})
        before = np.array([known["shares"].get(value, 0.0) for value in values])
        after = np.array([float(shares.get(value, 0.0)) for value in values])
        now = str(shares.index[0])
    # Half a customer in a bin that is empty, or the logarithm would be infinite.
    p, q = np.maximum(after, 0.5 / m), np.maximum(before, 0.5 / n)
    psi = float(np.sum((p - q) * np.log(p / q)))
    chance = (1 / n + 1 / m) * float(chi2.ppf(_CHANCE, max(1, len(q) - 1)))
    level: Literal["none", "noticeable", "large"] = "none"
    if psi > max(_NOTICEABLE, chance):
        level = "large" if psi > _LARGE else "noticeable"
    return Drift(name, psi, level, known["typical"], now)


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _shares_of_bins(column: pd.Series[Any], edges: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Shares of the bins between the edges; a value on an edge belongs to the bin above it."""
    counts = np.bincount(np.searchsorted(edges, column.to_numpy(float), side="right"), minlength=len(edges) + 1)
    shares: np.ndarray[Any, Any] = counts / counts.sum()
    return shares
