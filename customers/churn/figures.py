"""How good probabilities are: the figures of the leaderboard and of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    recall_score,
    roc_auc_score,
)

from customers.churn.features import Array


@dataclass(frozen=True)
class Figures:
    """Of probabilities for customers whose outcome is known; the best is 1, for `brier` 0.

    Attributes:
        roc_auc: P(who dropped is rated higher than who did not).
        pr_auc: average precision; without skill, the share of those who dropped.
        f1, balanced_accuracy, recall: with everybody from the threshold up called at risk.
        brier: mean squared error of the probability.
    """

    roc_auc: float
    pr_auc: float
    f1: float
    balanced_accuracy: float
    recall: float
    brier: float


def figures(labels: Array, probabilities: Array, threshold: float) -> Figures:
    """What is measured of P(drops), one a customer; both outcomes must occur."""
    called = probabilities >= threshold
    return Figures(
        roc_auc=float(roc_auc_score(labels, probabilities)),
        pr_auc=float(average_precision_score(labels, probabilities)),
        f1=float(f1_score(labels, called)),
        balanced_accuracy=float(balanced_accuracy_score(labels, called)),
        recall=float(recall_score(labels, called)),
        brier=float(brier_score_loss(labels, probabilities)),
    )
