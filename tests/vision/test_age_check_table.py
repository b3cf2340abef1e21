"""The age check's thresholds: looked up in a table that was measured with the weights that ship."""

from __future__ import annotations

from itertools import pairwise

import pytest

from vision.age_check import MEASURED_WEIGHTS, ROWS, threshold_for
from vision.evaluation.age import THRESHOLDS
from vision.weights_file import FAR, SUMS, shipped


def test_the_table_was_measured_with_the_weights_that_ship() -> None:
    """Whoever publishes other weights measures anew: the table says how."""
    for folder, measured in zip((shipped("age"), shipped("age") / FAR), MEASURED_WEIGHTS, strict=True):
        sums = dict(reversed(line.split()) for line in (folder / SUMS).read_text().splitlines())
        assert sums["age.safetensors"] == measured


def test_the_table_has_the_thresholds_of_an_evaluation_and_loses_more_as_it_asks_less() -> None:
    assert tuple(row.threshold for row in ROWS[1:]) == THRESHOLDS
    for strict, lax in pairwise(ROWS):
        assert strict.missed < lax.missed
        assert strict.asked_18_24 > lax.asked_18_24
        assert strict.asked_25_29 > lax.asked_25_29
        assert strict.asked_30 > lax.asked_30


def test_each_measured_miss_rate_gives_its_threshold() -> None:
    assert [threshold_for(row.missed) for row in ROWS] == pytest.approx([row.threshold for row in ROWS])


def test_between_rows_lies_a_straight_line() -> None:
    for before, after in pairwise(ROWS):
        middle = threshold_for((before.missed + after.missed) / 2)
        assert middle == pytest.approx((before.threshold + after.threshold) / 2)


@pytest.mark.parametrize("miss_rate", [-0.01, 0.9])
def test_what_was_not_measured_is_refused(miss_rate: float) -> None:
    with pytest.raises(ValueError, match="measured for miss rates from 0 to"):
        threshold_for(miss_rate)
