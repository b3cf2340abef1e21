"""Figures of the attire network, per trait over the pictures where that trait is labelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from vision.evaluation.bootstrap import interval
from vision.traits import ATTIRE


def attire_figures(
    p: NDArray[np.float64], labels: NDArray[np.float32], thresholds: Mapping[str, float]
) -> dict[str, Any]:
    """All figures for one set of pictures.

    Args:
        p: (N, 5) P(trait), in the order of ATTIRE.
        labels: (N, 5) 1, 0, or NaN where a trait is not labelled.
        thresholds: P(trait) from which a trait is told as worn.

    Returns:
        n; macro_roc_auc, the mean over the traits that have one (None where none has); traits: by name n, positives,
        roc_auc, average_precision, f1; the last three None where the labels hold only one answer.
    """
    traits = {name: _trait(p[:, i], labels[:, i], thresholds[name]) for i, name in enumerate(ATTIRE)}
    areas = [figures["roc_auc"] for figures in traits.values() if figures["roc_auc"] is not None]
    return {"n": len(p), "macro_roc_auc": float(np.mean(areas)) if areas else None, "traits": traits}


def _trait(p: NDArray[np.float64], labels: NDArray[np.float32], threshold: float) -> dict[str, Any]:
    known = ~np.isnan(labels)
    truth, score = labels[known] > 0.5, p[known]
    figures: dict[str, Any] = {"n": int(known.sum()), "positives": int(truth.sum())}
    if not truth.any() or truth.all():
        return {**figures, "roc_auc": None, "roc_auc_ci95": None, "average_precision": None, "f1": None}
    return {
        **figures,
        "roc_auc": float(roc_auc_score(truth, score)),
        "roc_auc_ci95": interval(lambda chosen: _area(truth[chosen], score[chosen]), len(truth)),
        "average_precision": float(average_precision_score(truth, score)),
        "f1": float(f1_score(truth, score >= threshold)),
    }


def _area(truth: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """ROC-AUC of a resample; NaN where it holds only one answer."""
    return float("nan") if truth.all() or not truth.any() else float(roc_auc_score(truth, score))
