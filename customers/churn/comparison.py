"""The competition: repeated outer folds in which every candidate is tuned anew and judged on customers it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from sklearn.utils.parallel import Parallel, delayed

from customers.churn.candidates import fitted, folds
from customers.churn.features import Array
from customers.churn.figures import Figures, figures

_SEED = 1


@dataclass(frozen=True)
class Place:
    """A candidate on the leaderboard: the mean and the standard deviation over outer folds of each figure."""

    name: str
    mean: Figures
    sd: Figures


@dataclass(frozen=True)
class Comparison:
    """What the competition found.

    Attributes:
        places: the candidates, best mean ROC-AUC first.
        unseen: for each candidate P(drops) of each customer from models that had not seen them, (repeats, customers).
    """

    places: tuple[Place, ...]
    unseen: dict[str, Array]


def compare(x: pd.DataFrame, labels: Array, groups: Array, outer: int, repeats: int) -> Comparison:
    """Let the candidates compete.

    Everything that learns (tuning, calibration, who votes) does so within the outer fold's training part. The threshold
    of the figures that need one is the share of those who dropped there: with true probabilities it is the best one for
    balanced accuracy, and it is not chosen by looking.

    Args:
        x: features, by customer.
        labels: 1 for who dropped, 0 for who did not.
        groups: of customers who must not be parted.
        outer: folds.
        repeats: of them, each shuffled differently.
    """
    splits = [(r, *split) for r in range(repeats) for split in folds(labels, groups, outer, _SEED + r)]
    told = Parallel(n_jobs=-1)(delayed(_told)(x, labels, groups, learn, judge) for _, learn, judge in splits)
    unseen = {name: np.zeros((repeats, len(labels))) for name in told[0]}
    found: dict[str, list[Figures]] = {name: [] for name in told[0]}
    for (repeat, learn, judge), answers in zip(splits, told, strict=True):
        for name, probabilities in answers.items():
            unseen[name][repeat, judge] = probabilities
            found[name].append(figures(labels[judge], probabilities, float(labels[learn].mean())))
    places = sorted((_place(name, each) for name, each in found.items()), key=lambda place: -place.mean.roc_auc)
    return Comparison(tuple(places), unseen)


def _told(x: pd.DataFrame, labels: Array, groups: Array, learn: Array, judge: Array) -> dict[str, Array]:
    """What each candidate says of the rows to judge by, having learnt from the others."""
    models = fitted(x.iloc[learn], labels[learn], groups[learn])
    return {name: model.predict_proba(x.iloc[judge])[:, 1] for name, model in models.items()}


def _place(name: str, each: Sequence[Figures]) -> Place:
    values = pd.DataFrame([asdict(one) for one in each])
    return Place(name, Figures(**values.mean()), Figures(**values.std(ddof=1)))
