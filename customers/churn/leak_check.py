"""Looks for columns that give the answer away: each is tried alone, and one that acts like an id is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from customers.churn.candidates import folds
from customers.churn.features import Array
from customers.errors import CustomersError

SUSPICIOUS_ROC_AUC = 0.95
"""No single thing that a shop knows of its customers says so much before the fact."""

_MOST_DISTINCT = 0.95
_FOLDS, _SEED = 5, 7
_NOT_OFFERED = ("dropped", "synthetic")


@dataclass(frozen=True)
class Column:
    """What a column does alone.

    Attributes:
        name: of the column.
        roc_auc: of a small tree that sees only this column, on folds it has not seen.
        refused: why no model may learn from it; None where it may.
    """

    name: str
    roc_auc: float
    refused: str | None


def check(frame: pd.DataFrame, labels: Array, groups: Array) -> list[Column]:
    """Try each column of customers alone, their id too, most telling first.

    Args:
        frame: customers, their id as the index.
        labels: 1 for who dropped, 0 for who did not.
        groups: of customers who must not be parted.
    """
    offered = frame.reset_index().drop(columns=[name for name in _NOT_OFFERED if name in frame.columns])
    splits = folds(labels, groups, _FOLDS, _SEED)
    columns = []
    for name in offered.columns:
        alone = _coded(offered[name])
        tree = DecisionTreeClassifier(max_leaf_nodes=16, min_samples_leaf=10, random_state=_SEED)
        told = cross_val_predict(tree, alone, labels, cv=splits, method="predict_proba")[:, 1]
        roc_auc = float(roc_auc_score(labels, told))
        columns.append(Column(str(name), roc_auc, _refusal(offered[name], roc_auc)))
    return sorted(columns, key=lambda column: -column.roc_auc)


def require_honest(columns: list[Column], learnt_from: set[str]) -> None:
    """Refuse to train where a model would learn from a column that gives the answer away.

    Args:
        columns: as checked.
        learnt_from: names of those that features are made of.

    Raises:
        CustomersError: one of them is refused.
    """
    for column in columns:
        if column.refused and column.name in learnt_from:
            raise CustomersError(
                f"the column {column.name} must not be learnt from: {column.refused}; find out where it comes "
                "from, and import the customers without it"
            )


def _coded(column: pd.Series[Any]) -> Array:
    """Numbers as they are; words by a number each, in the order of the alphabet; (customers, 1)."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float).reshape(-1, 1)
    return np.unique(column.astype(str), return_inverse=True)[1].astype(float).reshape(-1, 1)


def _refusal(column: pd.Series[Any], roc_auc: float) -> str | None:
    if roc_auc >= SUSPICIOUS_ROC_AUC:
        return f"alone it says almost everything (ROC-AUC {roc_auc:.3f})"
    whole = not pd.api.types.is_numeric_dtype(column) or bool((column.astype(float) % 1 == 0).all())
    if whole and column.nunique() >= _MOST_DISTINCT * len(column):
        return "it has a value of its own for almost every customer, as an id has"
    return None
