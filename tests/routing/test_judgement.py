"""What is better, and by more than noise."""

from __future__ import annotations

import numpy as np
import pytest

from routing.judgement import SURE, figures, gain
from tests.routing.tastes import outcomes


def test_the_truth_is_surely_better_than_rules_that_know_nothing() -> None:
    told, truth = outcomes(300)
    found = gain(np.exp(told.rules), truth, told, 0.0)
    assert found.surely > 0.99
    assert 0 < found.low < found.before.log_loss - found.after.log_loss < found.high


def test_what_is_the_same_is_not_better() -> None:
    told, truth = outcomes(300)
    assert gain(truth, truth, told, 0.0).surely == 0


def test_noise_is_seldom_taken_for_better() -> None:
    random, taken = np.random.default_rng(5), 0
    for seed in range(40):
        told, _ = outcomes(40, taste=0.0, seed=seed)
        p = np.exp(told.rules + random.normal(0, 0.3, told.rules.shape))
        taken += gain(np.exp(told.rules), p / p.sum(axis=1, keepdims=True), told, 0.0).surely >= SURE
    assert taken <= 6


def test_hits_count_the_first_and_the_first_two() -> None:
    told, _ = outcomes(4)
    told.wanted[:] = [0, 1, 2, 2]
    p = np.tile([0.5, 0.3, 0.2], (4, 1))
    found = figures(p, told, 0.0)
    assert (found.top1, found.top2) == (0.25, 0.5)
    assert found.log_loss == pytest.approx(-np.log([0.5, 0.3, 0.2, 0.2]).mean())
