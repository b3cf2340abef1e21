"""Drift is told where customers moved, and not where a few of them differ by chance."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from customers.drift import drift, reference


def customers(n: int, seed: int, *, promo: float = 0.3, premium: float = 0.3) -> pd.DataFrame:
    draws = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "dropped": draws.random(n) < 0.4,
            "promo_share": draws.beta(20 * promo, 20 * (1 - promo), n),
            "pages_per_visit": draws.poisson(8, n).astype(float),
            "service": np.where(draws.random(n) < premium, "premium", "standard"),
            "synthetic": True,
        }
    )


@pytest.fixture(scope="module")
def known() -> dict[str, object]:
    """As it comes back from the database: through JSON."""
    return json.loads(json.dumps(reference(customers(1100, seed=1))))


def test_the_training_data_themselves_have_not_moved(known) -> None:
    assert {one.psi for one in drift(known, customers(1100, seed=1))} == {0.0}


@pytest.mark.parametrize("n", [20, 60, 200, 1000])
def test_others_of_the_same_kind_are_not_called_drift_however_few_they_are(known, n: int) -> None:
    levels = [one.level for seed in range(2, 32) for one in drift(known, customers(n, seed))]
    assert set(levels) == {"none"}


def test_the_feature_that_moved_comes_first_with_what_was_and_what_is(known) -> None:
    first, *others = drift(known, customers(500, seed=3, promo=0.6))

    assert (first.feature, first.level) == ("promo_share", "large")
    assert first.before == pytest.approx(0.3, abs=0.05)
    assert first.now == pytest.approx(0.6, abs=0.05)
    assert {one.level for one in others} == {"none"}


def test_words_drift_too_also_to_one_that_training_never_saw(known) -> None:
    now = customers(500, seed=3)
    now["service"] = np.where(now["service"] == "premium", "gold", "standard")

    first = drift(known, now)[0]

    assert (first.feature, first.level, first.before) == ("service", "large", "standard")


def test_the_label_and_the_mark_of_generated_customers_are_no_features(known) -> None:
    assert {one.feature for one in drift(known, customers(50, seed=1))} == {"promo_share", "pages_per_visit", "service"}


def test_nobody_has_not_moved(known) -> None:
    assert drift(known, customers(0, seed=1)) == []
