"""How much one split says: the same model on many splits of 75 % to learn from and 25 % to judge by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import get_scorer
from sklearn.utils.parallel import Parallel, delayed

from customers.churn.candidates import folds, refitted
from customers.churn.features import Array


def spread(model: Any, x: pd.DataFrame, labels: Array, groups: Array, number: int) -> Array:
    """ROC-AUC of a model (as tuned on all customers) for each of a number of splits.

    Only to show how far one split can be from another: the settings were chosen with all customers in view.
    """
    splits = [folds(labels, groups, 4, seed)[0] for seed in range(number)]
    return np.array(Parallel(n_jobs=-1)(delayed(_judged)(model, x, labels, groups, *split) for split in splits))


def _judged(model: Any, x: pd.DataFrame, labels: Array, groups: Array, learn: Array, judge: Array) -> float:
    if isinstance(model, CalibratedClassifierCV):
        # Calibration changes no order, and costs three more fits.
        learnt = clone(model.estimator).fit(x.iloc[learn], labels[learn])
    else:
        learnt = refitted(model, x.iloc[learn], labels[learn], groups[learn])
    return float(get_scorer("roc_auc")(learnt, x.iloc[judge], labels[judge]))
