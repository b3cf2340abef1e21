"""What is fitted after training, so that probabilities mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from vision.training.calibration import (
    age_temperature,
    best_shift,
    best_temperature,
    best_threshold,
    binary_loss,
    interval_loss,
)
from vision.traits import YEARS


def test_logits_that_lean_to_one_side_are_shifted_back() -> None:
    rng = np.random.default_rng(0)
    fair = rng.normal(0, 2, 4000)
    truth = rng.random(4000) < 1 / (1 + np.exp(-fair))
    assert best_shift(lambda by: binary_loss(fair - 0.5 + by, truth)) == pytest.approx(0.5, abs=0.1)


def test_a_temperature_cools_an_overconfident_network() -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 1.5, 20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-honest))
    assert best_temperature(lambda t: binary_loss(2.5 * honest / t, truth)) == pytest.approx(2.5, rel=0.08)


def test_a_flat_distribution_over_years_costs_the_log_of_its_share() -> None:
    allowed = np.zeros((1, 101), bool)
    allowed[0, 20:30] = True
    assert interval_loss(np.zeros((1, 101)), allowed) == pytest.approx(np.log(101 / 10))


@pytest.mark.parametrize("shown", [1.5, 0.6])
def test_four_of_five_ages_lie_inside_their_intervals_whatever_bins_would_say(shown: float) -> None:
    rng = np.random.default_rng(1)
    centres = rng.uniform(25, 75, 3000)
    ages = np.rint(rng.normal(centres, 8)).astype(int)
    logits = -0.5 * ((YEARS - centres[:, None]) / 8) ** 2 * shown
    allowed = np.zeros((3000, 101), bool)
    allowed[np.arange(3000), ages] = True
    assert age_temperature(logits, allowed) == pytest.approx(shown, rel=0.1)
    # Few years among bins that are always right say nothing of widths: the sharper, the likelier.
    allowed[99:] = np.abs(YEARS - centres[99:, None]) < 12
    assert age_temperature(logits, allowed) < 0.9 * shown


def test_a_threshold_separates_what_can_be_separated() -> None:
    p = np.array([0.1, 0.2, 0.3, 0.7, 0.8])
    assert 0.3 < best_threshold(p, p > 0.5) <= 0.7
    assert best_threshold(p, np.zeros(5, bool)) == 0.5
