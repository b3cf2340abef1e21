"""How good probabilities of sessions are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    recall_score,
    roc_auc_score,
)

from customers.sessions.model import GenderModel


def figures(male: NDArray[np.bool_], p_male: NDArray[np.float64], model: GenderModel) -> dict[str, Any]:
    """What is measured of P(male), one a session, fit for JSON; both genders must occur.

    `f1`, `balanced_accuracy` and `recall` are of the likelier gender, men being what is looked for. `unknown` is the
    share of sessions in the band without an answer, `balanced_accuracy_answered` that of the others.
    """
    called = np.array([model.likelier(p) == "male" for p in p_male])
    answered = np.array([model.label(p) != "unknown" for p in p_male])
    enough = bool(answered.any()) and 0 < male[answered].mean() < 1
    return {
        "n": len(male),
        "male": int(male.sum()),
        "roc_auc": float(roc_auc_score(male, p_male)),
        "pr_auc": float(average_precision_score(male, p_male)),
        "f1": float(f1_score(male, called)),
        "balanced_accuracy": float(balanced_accuracy_score(male, called)),
        "recall": float(recall_score(male, called)),
        "brier": float(brier_score_loss(male, p_male)),
        "unknown": float(1 - answered.mean()),
        "balanced_accuracy_answered": float(balanced_accuracy_score(male[answered], called[answered]))
        if enough
        else None,
    }
