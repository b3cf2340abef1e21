"""Which of two ways to route is better, on the same outcomes, and by more than noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routing.evidence import Floats
from routing.learning import Outcomes, log_likelihood

SURE = 0.9
"""Share of resamples in which what is new must be better, to be called better by more than noise."""

_RESAMPLES = 2000
_SEED = 1


@dataclass(frozen=True)
class Figures:
    """How well departments were foreseen: minus the mean log P(answer), and the share of answers among the first."""

    outcomes: int
    log_loss: float
    top1: float
    top2: float


@dataclass(frozen=True)
class Gain:
    """How much better the new way is than the one before.

    Attributes:
        before, after: figures of both.
        low, high: between what 95 % of resamples of the gain in log loss lie (nats an outcome); above 0 is better.
        surely: the share of resamples in which it is better.
    """

    before: Figures
    after: Figures
    low: float
    high: float
    surely: float


def figures(p: Floats, outcomes: Outcomes, lean: float) -> Figures:
    """Of probabilities (N, K)."""
    rows = np.arange(len(outcomes))
    place = (p > p[rows, outcomes.wanted][:, None]).sum(axis=1)
    return Figures(
        len(outcomes),
        float(-log_likelihood(p, outcomes, lean).mean()),
        float((place < 1).mean()),
        float((place < 2).mean()),
    )


def gain(before: Floats, after: Floats, outcomes: Outcomes, lean: float) -> Gain:
    """A paired bootstrap: both are asked of the same outcomes, which are drawn anew with replacement (Efron, 1979)."""
    better = log_likelihood(after, outcomes, lean) - log_likelihood(before, outcomes, lean)
    random = np.random.default_rng(_SEED)
    count = len(better)
    means = random.multinomial(count, np.full(count, 1 / count), _RESAMPLES) @ better / count
    low, high = np.quantile(means, [0.025, 0.975])
    return Gain(
        figures(before, outcomes, lean),
        figures(after, outcomes, lean),
        float(low),
        float(high),
        float((means > 0).mean()),
    )
