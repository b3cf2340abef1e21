"""Training: the leak check, the competition, the winner calibrated on all customers, and what is known of it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from customers import drift
from customers.churn.candidates import INNER_FOLDS, fitted
from customers.churn.comparison import Comparison, compare
from customers.churn.explanation import typical_of, usual
from customers.churn.features import NAMES, Array, features, known, labels
from customers.churn.leak_check import Column, check, require_honest
from customers.churn.sameness import groups, prints
from customers.churn.spread import spread
from customers.errors import CustomersError
from customers.model_file import Contents

_FEWEST = 20  # customers of each outcome; fewer cannot be split into folds within folds
_NOT_LEARNT_FROM = ("id", "dropped", "profit", "synthetic")


@dataclass(frozen=True)
class Effort:
    """How thoroughly the candidates are compared: outer folds, repeats of them, and single splits of 75/25."""

    outer: int = 5
    repeats: int = 2
    splits: int = 60


@dataclass(frozen=True)
class Trained:
    """A model, and how it came about.

    Attributes:
        contents: what its file holds.
        fingerprint: SHA-256 of the customers it learnt from, in hex.
        protocol, figures: for the database, fit for JSON.
        comparison: of the candidates.
        columns: what the leak check found.
        splits: ROC-AUC of the winner on single splits.
    """

    contents: Contents
    fingerprint: str
    protocol: dict[str, Any]
    figures: dict[str, Any]
    comparison: Comparison
    columns: list[Column]
    splits: Array


_THOROUGH = Effort()


def train(frame: pd.DataFrame, effort: Effort = _THOROUGH) -> Trained:
    """Train on every customer whose outcome is known.

    Args:
        frame: customers, with the columns of customers.frame.FRAME, by id.
        effort: of the comparison; the model learns from everybody all the same.

    Raises:
        CustomersError: there are too few, or a column gives the answer away.
    """
    began = time.monotonic()
    frame = known(frame)
    x, y, same = features(frame), labels(frame), groups(frame)
    _require_enough(y)
    columns = check(frame, y, same)
    require_honest(columns, set(frame.columns).difference(_NOT_LEARNT_FROM))
    comparison = compare(x, y, same, effort.outer, effort.repeats)
    winner = comparison.places[0]
    model = fitted(x, y, same)[winner.name]
    splits = spread(model, x, y, same, effort.splits)
    return Trained(
        contents=contents(model, frame, comparison.unseen[winner.name].mean(axis=0)),
        fingerprint=fingerprint(frame),
        protocol={
            "model": winner.name,
            "customers": len(y),
            "dropped": int(y.sum()),
            "twins": len(y) - len(np.unique(same)),
            "folds": f"{effort.repeats} × {effort.outer} outer, {INNER_FOLDS} inner, stratified, twins together",
            "left out": [asdict(column) for column in columns if column.refused],
            "synthetic": bool(frame["synthetic"].any()),
            "seconds": round(time.monotonic() - began, 1),
            "reference": drift.reference(frame),
        },
        figures={
            "roc_auc": winner.mean.roc_auc,
            "roc_auc_sd": winner.sd.roc_auc,
            "leaderboard": [asdict(place) for place in comparison.places],
            "single splits": {"number": len(splits), "least": float(splits.min()), "most": float(splits.max())},
        },
        comparison=comparison,
        columns=columns,
        splits=splits,
    )


def contents(model: Any, frame: pd.DataFrame, unseen: Array) -> Contents:
    """What the file of a model holds.

    Args:
        model: fitted on the customers of the frame.
        frame: all of whose outcomes are known.
        unseen: P(drops) of each of them by models that had not seen them.
    """
    mine = prints(frame)
    order = np.argsort(mine)
    extra = {
        "threshold": float(labels(frame).mean()),
        "usual": usual(frame),
        "typical": typical_of(features(frame)).to_numpy(),
        "prints": mine[order],
        "unseen": unseen[order],
    }
    return Contents(model, NAMES, extra)


def fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of what is known of customers whose outcome is known, in hex; their order and their ids do not count."""
    return hashlib.sha256(np.sort(prints(known(frame))).tobytes()).hexdigest()


def _require_enough(outcomes: Array) -> None:
    fewer = min(int(outcomes.sum()), int((1 - outcomes).sum())) if len(outcomes) else 0
    if fewer < _FEWEST:
        raise CustomersError(
            f"training needs {_FEWEST} customers who buy less than before and {_FEWEST} who do not; of the fewer "
            f"there are {fewer}. Import more with amiko customers import DIR"
        )
