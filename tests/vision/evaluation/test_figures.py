"""Figures computed by hand on a few faces agree with those of the evaluation."""

from __future__ import annotations

import numpy as np
import pytest

from vision.evaluation.age import age_check, age_figures, summary
from vision.evaluation.attire import attire_figures
from vision.evaluation.bootstrap import mean_interval
from vision.evaluation.calibration import reliability
from vision.evaluation.gender import gender_figures
from vision.traits import ATTIRE, YEARS


def at(*years: int) -> np.ndarray:
    """(N, 101) distributions, each certain of one year."""
    return (np.array(years)[:, None] == YEARS).astype(float)


def test_errors_in_years() -> None:
    age = np.array([20, 30, 40, 50])
    figures = summary(at(22, 30, 34, 54), age, age)
    assert figures["n"] == 4
    assert figures["mae"] == pytest.approx((2 + 0 + 6 + 4) / 4)
    assert figures["median_error"] == pytest.approx(3)
    assert figures["bias"] == pytest.approx((2 + 0 - 6 + 4) / 4)
    assert figures["cs5"] == 0.75
    assert figures["coverage80"] == 0.25


def test_bins_are_fairfaces_and_the_likeliest_one_counts() -> None:
    first, last = np.array([20, 20, 70, 0]), np.array([29, 29, 100, 2])
    figures = summary(at(25, 31, 75, 10), first, last)
    assert figures["bin_accuracy"] == 0.5
    assert figures["bin_within_1"] == 0.75
    assert figures["mae"] is None
    assert figures["coverage80"] is None


def test_every_bin_that_a_label_reaches_is_right() -> None:
    """Other data sets have other bins: 25-32 reaches FairFace's 20-29 and 30-39."""
    first, last = np.full(4, 25), np.full(4, 32)
    figures = summary(at(22, 38, 45, 55), first, last)
    assert figures["bin_accuracy"] == 0.5
    assert figures["bin_within_1"] == 0.75


def test_the_interval_covers_as_often_as_it_says() -> None:
    bell = np.exp(-0.5 * ((YEARS - 40) / 8) ** 2)
    bell /= bell.sum()
    age = np.random.default_rng(0).choice(YEARS, 20_000, p=bell)
    assert summary(np.tile(bell, (20_000, 1)), age, age)["coverage80"] == pytest.approx(0.82, abs=0.02)


def test_parts_are_shown_where_they_have_faces() -> None:
    age = np.array([25, 45])
    figures = age_figures(at(25, 45), age, age, np.array([True, True]))
    assert set(figures["bands"]) == {"20-29", "40-49"}
    assert set(figures["genders"]) == {"female"}


def test_a_face_of_unknown_gender_is_in_no_row_of_one() -> None:
    age = np.array([25, 45, 50])
    figures = age_figures(at(25, 45, 50), age, age, np.array([1.0, np.nan, np.nan]))
    assert figures["n"] == 3
    assert {name: part["n"] for name, part in figures["genders"].items()} == {"female": 1}


def test_the_age_check_counts_minors_missed_and_adults_asked() -> None:
    sure, doubtful = at(16)[0], 0.94 * at(30)[0] + 0.06 * at(15)[0]
    p = np.stack([sure, doubtful, doubtful, doubtful, at(40)[0]])
    rows = {row["threshold"]: row for row in age_check(p, np.array([17, 13, 20, 27, 40]))}
    assert rows[0.05]["missed"]["13-17"] == 0
    assert rows[0.1]["missed"] == {"13": 1.0, "14": None, "15": None, "16": None, "17": 0.0, "13-17": 0.5}
    assert rows[0.05]["asked"] == {"18-24": 1.0, "25-29": 1.0, "30+": 0.0}
    assert rows[0.1]["asked"] == {"18-24": 0.0, "25-29": 0.0, "30+": 0.0}


def test_gender_accuracy_is_over_all_and_unknown_beside_it() -> None:
    figures = gender_figures(np.array([0.9, 0.45, 0.2, 0.6]), np.array([True, True, False, False]), (0.35, 0.65))
    assert figures["accuracy"] == 0.5
    assert figures["balanced_accuracy"] == 0.5
    assert figures["roc_auc"] == 0.75
    assert figures["unknown"] == 0.5
    assert figures["accuracy_told"] == 1.0


def test_one_gender_alone_has_no_roc_auc() -> None:
    figures = gender_figures(np.array([0.9, 0.8]), np.array([True, True]), (0.35, 0.65))
    assert figures["roc_auc"] is None
    assert figures["accuracy"] == 1.0


def test_attire_counts_only_labelled_pictures() -> None:
    labels = np.full((4, 5), np.nan, np.float32)
    labels[:3, 0] = (1, 0, 1)
    labels[:, 1] = 1
    p = np.tile(np.array([[0.9], [0.1], [0.05], [0.5]]), (1, 5))
    figures = attire_figures(p, labels, dict.fromkeys(ATTIRE, 0.5))
    formal = figures["traits"]["formal"]
    assert (formal["n"], formal["positives"]) == (3, 2)
    assert formal["roc_auc"] == 0.5
    assert formal["f1"] == pytest.approx(2 / 3)
    assert figures["traits"]["casual"]["roc_auc"] is None
    assert figures["traits"]["sport"]["n"] == 0
    assert figures["macro_roc_auc"] == 0.5


def test_a_reliability_diagram_counts_what_was_said_and_what_is_true() -> None:
    p = np.array([[0.05, 0.95], [0.72, 0.78]])
    steps = reliability(p, np.array([[False, True], [True, False]]))
    assert steps == [
        {"n": 1, "said": 0.05, "true": 0.0},
        {"n": 2, "said": 0.75, "true": 0.5},
        {"n": 1, "said": 0.95, "true": 1.0},
    ]


def test_the_bootstrap_interval_is_that_of_a_mean() -> None:
    values = np.random.default_rng(1).normal(10, 2, 400)
    low, high = mean_interval(values)
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.15)
    assert low < values.mean() < high
