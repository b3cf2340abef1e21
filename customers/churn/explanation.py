"""What speaks for and against a customer's leaving: SHAP values of the model's features, summed up by what they show.

SHAP values share the difference between a customer's answer and the average one among the features (Lundberg and Lee, A
Unified Approach to Interpreting Model Predictions, 2017). Of trees they are exact (TreeExplainer); of other models they
are sampled against a few typical customers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shap
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.parallel import Parallel, delayed

from customers.churn.features import FEATURES, NAMES, REASONS, Array, Numbers

_TREES = (ExtraTreesClassifier, GradientBoostingClassifier, DecisionTreeClassifier)
_TYPICAL = 10  # customers that a model without trees is sampled against
_AT_ONCE = 100  # customers of one piece of work
_TOLD = 5  # reasons of a customer, at most
_LEAST_SHARE = 0.05  # of all that speaks for or against; less is no reason
_SEED = 1

_NOW: Mapping[str, Callable[[pd.DataFrame], Numbers]] = {
    "service": lambda frame: (frame["service"] == "premium").astype(float),
    "may_notify": lambda frame: frame["may_notify"].astype(float),
    "marketing": lambda frame: frame["marketing_6_months"],
    "days_registered": lambda frame: frame["days_registered"],
    "promo_share": lambda frame: frame["promo_share"],
    "unpaid_products": lambda frame: frame["unpaid_products"],
    "favourite_category": lambda frame: frame["favourite_category"],
    "revenue": lambda frame: frame[["revenue_before_previous", "revenue_previous", "revenue_current"]].mean(axis=1),
    "minutes": lambda frame: frame[["minutes_previous", "minutes_current"]].mean(axis=1),
    "pages": lambda frame: frame["pages_per_visit"],
    "categories": lambda frame: frame["categories_per_visit"],
    "errors": lambda frame: frame["service_errors"],
}
"""The level that a reason tells of, by its key."""

_PERIODS: Mapping[str, tuple[str, str]] = {
    "marketing": ("marketing_current_month", "marketing_6_months"),
    "revenue": ("revenue_current", "revenue_previous"),
    "minutes": ("minutes_current", "minutes_previous"),
}
"""Now and before, of what changes between periods."""


def usual(frame: pd.DataFrame) -> dict[str, float]:
    """The median level of each reason that is a number, among the customers that a model learns from."""
    levels = {key: now(frame) for key, now in _NOW.items()}
    return {key: float(level.median()) for key, level in levels.items() if pd.api.types.is_numeric_dtype(level)}


def effects(model: Any, x: pd.DataFrame, typical: pd.DataFrame) -> Array:
    """SHAP values, (customers, features): above 0 speaks for leaving.

    Of a probability; of gradient boosting, of its log-odds.

    Args:
        model: as training leaves it.
        x: features of the customers to explain.
        typical: features of those who stand for everybody, as `typical_of` chose them.
    """
    pieces = [x.iloc[first : first + _AT_ONCE] for first in range(0, len(x), _AT_ONCE)]
    told = Parallel(n_jobs=-1)(delayed(_effects)(model, piece, typical) for piece in pieces)
    return np.concatenate([np.zeros((0, x.shape[1])), *told])


def typical_of(x: pd.DataFrame) -> pd.DataFrame:
    """A few customers drawn at random, the same ones each time, against whom others are explained."""
    return x.sample(min(_TYPICAL, len(x)), random_state=_SEED)


def reasons(frame: pd.DataFrame, values: Array, usual: Mapping[str, float]) -> list[list[dict[str, Any]]]:
    """What counts most for each customer, the weightiest first, fit for JSON; customers.churn.words tells it.

    Each has its `reason`, a key of REASONS, an `effect` (above 0 for leaving), a `value`, and what is `usual` where
    that is a number; where the change between periods weighs more than the level, it has the value of now and what it
    was `before` instead.

    Args:
        frame: the customers.
        values: their SHAP values, (customers, features).
        usual: medians, as `usual` found them in training.
    """
    by_reason = pd.DataFrame({key: _summed(values, names) for key, names in REASONS.items()}, index=frame.index)
    trends = {key: np.abs(_summed(values, [name for name in REASONS[key] if name in _TRENDS])) for key in _PERIODS}
    levels = {key: np.abs(_summed(values, [name for name in REASONS[key] if name not in _TRENDS])) for key in _PERIODS}
    now = {key: level(frame).tolist() for key, level in _NOW.items()}
    periods = {key: (frame[new].tolist(), frame[old].tolist()) for key, (new, old) in _PERIODS.items()}
    told = []
    for place, row in enumerate(by_reason.to_numpy()):
        weights = np.abs(row)
        chosen = [i for i in np.argsort(-weights)[:_TOLD] if weights[i] >= _LEAST_SHARE * max(weights.sum(), 1e-12)]
        mine = []
        for i in chosen:
            key = by_reason.columns[i]
            reason = {"reason": key, "effect": round(float(row[i]), 4)}
            if key in _PERIODS and trends[key][place] > levels[key][place]:
                new, old = periods[key]
                reason |= {"value": new[place], "before": old[place]}
            else:
                reason |= {"value": now[key][place]} | ({"usual": usual[key]} if key in usual else {})
            mine.append(reason)
        told.append(mine)
    return told


_TRENDS = frozenset(feature.name for feature in FEATURES if feature.is_trend)


def _summed(values: Array, names: Any) -> Array:
    total: Array = values[:, [NAMES.index(name) for name in names]].sum(axis=1)
    return total


def _effects(model: Any, x: pd.DataFrame, typical: pd.DataFrame) -> Array:
    trees = model.calibrated_classifiers_[0].estimator if isinstance(model, CalibratedClassifierCV) else None
    if isinstance(trees, _TREES):
        values = np.asarray(shap.TreeExplainer(trees).shap_values(x, check_additivity=False))
        return values[:, :, 1] if values.ndim == 3 else values

    def answer(numbers: Array) -> Array:
        return np.asarray(model.predict_proba(pd.DataFrame(numbers, columns=x.columns))[:, 1])

    explainer = shap.explainers.Permutation(answer, shap.maskers.Independent(typical), seed=_SEED)
    return np.asarray(explainer(x, max_evals=2 * x.shape[1] + 1, silent=True).values)
