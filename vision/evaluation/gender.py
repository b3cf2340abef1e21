"""Figures of the gender network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from vision.evaluation.bootstrap import mean_interval
from vision.evaluation.groups import Mask


def gender_figures(p_female: NDArray[np.float64], female: Mask, unknown: tuple[float, float]) -> dict[str, Any]:
    """All figures for one set of faces.

    Args:
        p_female: (N,) P(female).
        female: (N,) labels.
        unknown: P(female) strictly between these is told as unknown.

    Returns:
        n; accuracy, at 0.5 over all, and its 95 % bootstrap interval; balanced_accuracy and roc_auc, None where only
        one gender occurs; unknown, the share told as unknown; accuracy_told, the accuracy over the others, None where
        there are none.
    """
    right = (p_female >= 0.5) == female
    told = ~((p_female > unknown[0]) & (p_female < unknown[1]))
    both = bool(female.any() and not female.all())
    return {
        "n": len(female),
        "accuracy": float(right.mean()),
        "accuracy_ci95": mean_interval(right),
        "balanced_accuracy": float((right[female].mean() + right[~female].mean()) / 2) if both else None,
        "roc_auc": float(roc_auc_score(female, p_female)) if both else None,
        "unknown": float(1 - told.mean()),
        "accuracy_told": float(right[told].mean()) if told.any() else None,
    }
