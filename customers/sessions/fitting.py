"""The fit of the two regressions, and probabilities for sessions whose visitors they have never seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from customers.sessions.frames import Labelled
from customers.sessions.model import GenderModel

FOLDS = 5


@dataclass(frozen=True)
class Recipe:
    """How a regression is fitted.

    Attributes:
        c: inverse strength of its L2 penalty.
        levelling: a session of a visitor with n sessions weighs n to the power of minus this: at 0 sessions weigh
            alike, at 1 visitors do.
    """

    c: float
    levelling: float


ALONE, WITH_PAST = Recipe(0.1, 0.5), Recipe(0.05, 0.8)
"""Chosen in grouped folds (docs/models/session-gender.md); their neighbours differ by less than a thousandth."""


def fit(
    recipe: Recipe, values: sparse.csr_matrix, male: NDArray[np.bool_], groups: NDArray[np.int64]
) -> LogisticRegression:
    """A regression on sessions.

    Args:
        recipe: how.
        values: sessions × terms.
        male: of each session.
        groups: the visitor of each session.
    """
    _, visitor, counts = np.unique(groups, return_inverse=True, return_counts=True)
    weights = counts[visitor] ** -recipe.levelling
    # A thousandth of the gradient left changes no rank worth naming, and halves the time.
    regression = LogisticRegression(C=recipe.c, max_iter=1000, tol=1e-3)
    # On vectors this short, threads of BLAS only wait for each other: a busy machine takes ten times as long.
    with threadpool_limits(limits=1):
        return regression.fit(values, male, weights / weights.mean())


def fit_model(labelled: Labelled) -> tuple[GenderModel, NDArray[np.float64]]:
    """The model, calibrated, and P(male) of each session from regressions that have not seen its visitor.

    Sessions of one visitor are never on both sides of a fold. Calibration (Platt's two numbers) is fitted to the
    logits from those folds.
    """
    male, groups = labelled.male, labelled.groups
    probabilities = np.empty(len(male))
    heads = []
    for recipe, matrix, told in (
        (ALONE, labelled.alone, ~labelled.past),
        (WITH_PAST, labelled.with_past, labelled.past),
    ):
        logits = np.empty(len(male))
        for train, test in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(male, male, groups):
            regression = fit(recipe, matrix.values[train], male[train], groups[train])
            logits[test] = regression.decision_function(matrix.values[test])
        # Where hardly any session has a past, or all have one, what holds for all must do.
        rows = told if told.sum() >= 100 and 0 < male[told].mean() < 1 else np.ones(len(male), dtype=bool)
        platt = LogisticRegression(C=1e6).fit(logits[rows, None], male[rows])
        slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
        probabilities[told] = platt.predict_proba(logits[told, None])[:, 1] if told.any() else []
        regression = fit(recipe, matrix.values, male, groups)
        heads.append(matrix.head(slope * regression.coef_[0], slope * float(regression.intercept_[0]) + shift))
    alone, with_past = heads
    return GenderModel(alone, with_past, float(male.mean())), probabilities
