"""Making probabilities mean what they say: a temperature and a shift for the logits, and thresholds for traits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.probability import softmax
from vision.traits import intervals

Floats = NDArray[np.floating[Any]]
LEVEL = 0.8
ENOUGH_EXACT = 100


def best_temperature(loss: Callable[[float], float]) -> float:
    """The temperature between 0.5 and 4 with the least loss, to about one per cent."""
    candidates = np.geomspace(0.5, 4, 209)
    return float(candidates[int(np.argmin([loss(float(value)) for value in candidates]))])


def best_shift(loss: Callable[[float], float]) -> float:
    """What is to be added to logits for the least loss, between -1 and 1, to a hundredth."""
    candidates = np.linspace(-1, 1, 201)
    return round(float(candidates[int(np.argmin([loss(float(value)) for value in candidates]))]), 2)


def binary_loss(logits: Floats, truth: NDArray[np.bool_]) -> float:
    """Mean negative log-likelihood of yes-or-no answers."""
    signed = np.where(truth, -1.0, 1.0) * np.asarray(logits, np.float64)
    return float(np.logaddexp(0, signed).mean())


def interval_loss(logits: Floats, allowed: NDArray[np.bool_]) -> float:
    """Mean negative log-likelihood of the allowed years; both arguments are (N, 101)."""
    p = (softmax(logits) * allowed).sum(axis=1)
    return float(-np.log(np.maximum(p, 1e-12)).mean())


def age_temperature(logits: Floats, allowed: NDArray[np.bool_]) -> float:
    """The temperature with which as many ages lie inside their central intervals as the level of these says.

    Bins do not say how wide an interval is to be: where hardly an age is known to the year, it is the temperature of
    the least interval_loss instead. Arguments as there.
    """
    exact = allowed.sum(axis=1) == 1
    if exact.sum() < ENOUGH_EXACT:
        return best_temperature(lambda t: interval_loss(logits / t, allowed))
    ages = allowed[exact].argmax(axis=1)

    def error(temperature: float) -> float:
        low, high = intervals(softmax(logits[exact] / temperature), LEVEL)
        return abs(float(((low <= ages) & (ages <= high)).mean()) - LEVEL)

    return best_temperature(error)


def best_threshold(p: Floats, truth: NDArray[np.bool_]) -> float:
    """The threshold between 0.05 and 0.95 with the highest F1; 0.5 where the truth is all one answer."""
    if truth.all() or not truth.any():
        return 0.5
    candidates = np.linspace(0.05, 0.95, 91)
    scores = [2 * np.sum(truth & (p >= t)) / max(np.sum(truth) + np.sum(p >= t), 1) for t in candidates]
    return round(float(candidates[int(np.argmax(scores))]), 2)
