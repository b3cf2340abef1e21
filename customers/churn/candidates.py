"""The kinds of models that compete, with what is tried of each; tuned and calibrated without twins across a split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV, StratifiedGroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from customers.churn.bounded import Bounded
from customers.churn.features import Array

INNER_FOLDS = 3
_TRIED = 6  # settings of a kind, at most
_VOTERS = 3
_TREES_TO_TUNE, _TREES = 80, 250  # more of them only steady the answer, and make no setting better
_SEED = 20261122
VOTE = "soft vote"


@dataclass(frozen=True)
class Candidate:
    """A kind of model.

    Attributes:
        name: on the leaderboard.
        model: what it is before tuning.
        space: the settings among which inner folds choose.
        settled: what is set once they have chosen.
    """

    name: str
    model: Any
    space: Mapping[str, Sequence[Any]]
    settled: Mapping[str, Any] = field(default_factory=dict)


def _scaled(model: Any) -> Any:
    return make_pipeline(Bounded(), StandardScaler(), model)


CANDIDATES: tuple[Candidate, ...] = (
    Candidate(
        "k nearest neighbours",
        _scaled(KNeighborsClassifier(weights="distance")),
        {"kneighborsclassifier__n_neighbors": (15, 25, 40, 60), "kneighborsclassifier__p": (1, 2)},
    ),
    Candidate(
        "decision tree",
        DecisionTreeClassifier(random_state=_SEED),
        {"max_leaf_nodes": (8, 16, 32), "min_samples_leaf": (5, 15, 30), "criterion": ("gini", "entropy")},
    ),
    Candidate(
        "logistic regression",
        _scaled(LogisticRegression(max_iter=1000)),
        {"logisticregression__C": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)},
    ),
    Candidate(
        "support vectors",
        _scaled(SVC()),
        {"svc__C": (0.3, 1.0, 3.0), "svc__gamma": (0.005, 0.01, 0.02, 0.04)},
    ),
    Candidate(
        "extra trees",
        ExtraTreesClassifier(_TREES_TO_TUNE, random_state=_SEED),
        {"min_samples_leaf": (1, 2, 3, 5), "max_features": (0.3, 0.5, 0.7)},
        {"n_estimators": _TREES},
    ),
    Candidate(
        "gradient boosting",
        GradientBoostingClassifier(learning_rate=0.06, subsample=0.6, random_state=_SEED),
        {
            "n_estimators": (80, 160),
            "max_depth": (2, 3, 4),
            "max_features": (0.2, 0.4),
            "min_samples_leaf": (5, 15),
        },
    ),
)


def folds(labels: Array, groups: Array, number: int, seed: int) -> list[tuple[Array, Array]]:
    """Shuffled splits into rows to learn from and rows to judge by, with like shares of labels and no group in both."""
    splitter = StratifiedGroupKFold(number, shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros(len(labels)), labels, groups))


def tuned(candidate: Candidate, x: pd.DataFrame, labels: Array, groups: Array) -> tuple[Any, float]:
    """A candidate with the settings that are best in inner folds, not fitted, and its ROC-AUC there."""
    search = RandomizedSearchCV(
        candidate.model,
        dict(candidate.space),
        n_iter=min(_TRIED, prod(map(len, candidate.space.values()))),
        scoring="roc_auc",
        cv=folds(labels, groups, INNER_FOLDS, _SEED),
        refit=False,
        random_state=_SEED,
    )
    search.fit(x, labels)
    return clone(candidate.model).set_params(**search.best_params_, **candidate.settled), float(search.best_score_)


def fitted(x: pd.DataFrame, labels: Array, groups: Array) -> dict[str, Any]:
    """Every candidate by its name, tuned, calibrated and fitted, and the soft vote of those best in inner folds."""
    scores: dict[str, float] = {}
    models: dict[str, Any] = {}
    for candidate in CANDIDATES:
        model, scores[candidate.name] = tuned(candidate, x, labels, groups)
        models[candidate.name] = _calibrated(model, x, labels, groups)
    best = sorted(scores, key=scores.__getitem__, reverse=True)[:_VOTERS]
    models[VOTE] = _vote({name: models[name] for name in best}, x, labels)
    return models


def refitted(model: Any, x: pd.DataFrame, labels: Array, groups: Array) -> Any:
    """The same kind of model with the same settings, calibrated and fitted on other customers."""
    if isinstance(model, VotingClassifier):
        members = {
            name: _calibrated(frozen.estimator.estimator, x, labels, groups) for name, frozen in model.estimators
        }
        return _vote(members, x, labels)
    return _calibrated(model.estimator, x, labels, groups)


def _calibrated(model: Any, x: pd.DataFrame, labels: Array, groups: Array) -> CalibratedClassifierCV:
    """The model fitted on all rows, its answers turned into probabilities by a sigmoid learnt in inner folds."""
    splits = folds(labels, groups, INNER_FOLDS, _SEED + 1)
    wrapped = CalibratedClassifierCV(model, method="sigmoid", cv=splits, ensemble=False).fit(x, labels)
    wrapped.cv = None  # which rows the folds held has done its part, and does not belong in the file
    return wrapped


def _vote(members: Mapping[str, CalibratedClassifierCV], x: pd.DataFrame, labels: Array) -> VotingClassifier:
    """The mean of the members' probabilities; frozen, or fitting would calibrate them anew without regard to twins."""
    frozen = [(name, FrozenEstimator(member)) for name, member in members.items()]
    return VotingClassifier(frozen, voting="soft").fit(x, labels)
