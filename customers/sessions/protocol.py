"""How good the two regressions are, in folds: with visitors kept apart, and as the first system split its sessions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from customers.sessions.fitting import ALONE, FOLDS, WITH_PAST, Recipe, fit
from customers.sessions.frames import Labelled
from customers.sessions.terms import PLAIN

REPEATS = 3
BASELINE = Recipe(c=0.3, levelling=0.0)
"""The model to beat: a logistic regression on n-grams of categories and on the time, every session weighing alike."""
DESCRIPTION = (
    f"{REPEATS} × {FOLDS} stratified group folds by visitor, seeds 0 to {REPEATS - 1}; each regression is fitted to "
    "four fifths of the visitors and asked about the sessions of the rest. Known of a session: its views and times. Of "
    "its visitor's past, for the figures with past: views of sessions that had ended before it began, no gender. "
    "Figures are means over folds. In the random folds (seed 0) visitors stand on both sides."
)
Split = tuple[NDArray[np.intp], NDArray[np.intp]]


def compare(labelled: Labelled) -> dict[str, Any]:
    """ROC-AUC of the baseline, of sessions alone and with past: mean and sd over folds, fit for JSON."""
    apart = [split for seed in range(REPEATS) for split in _apart(labelled, seed)]
    return {
        "visitors kept apart": _figures(labelled, apart),
        "random folds, visitors leak": _figures(labelled, _mixed(labelled)),
    }


def _apart(labelled: Labelled, seed: int) -> Iterator[Split]:
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    yield from folds.split(labelled.male, labelled.male, labelled.groups)


def _mixed(labelled: Labelled) -> list[Split]:
    return list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(labelled.male, labelled.male))


def _figures(labelled: Labelled, splits: list[Split]) -> dict[str, Any]:
    plain = np.array([str(term).startswith(PLAIN) for term in labelled.alone.terms])
    baseline = labelled.alone.values[:, plain]
    aucs: dict[str, list[float]] = {"baseline": [], "alone": [], "with past": []}
    for train, test in splits:
        male, groups = labelled.male, labelled.groups
        logits = {
            name: fit(recipe, values[train], male[train], groups[train]).decision_function(values[test])
            for name, recipe, values in (
                ("baseline", BASELINE, baseline),
                ("alone", ALONE, labelled.alone.values),
                ("with past", WITH_PAST, labelled.with_past.values),
            )
        }
        # Whoever comes for the first time is asked about alone, as the model does.
        logits["with past"] = np.where(labelled.past[test], logits["with past"], logits["alone"])
        for name, found in logits.items():
            if 0 < male[test].mean() < 1:
                aucs[name].append(float(roc_auc_score(male[test], found)))
    return {
        name: {"roc_auc": float(np.mean(found)), "sd": float(np.std(found))} for name, found in aucs.items() if found
    }
