"""Distributions over a person's traits: expectations, intervals, bands, and several looks fused."""

from __future__ import annotations

import numpy as np
import pytest

from vision.traits import ATTIRE, YEARS, Traits, fuse


def seen(age: np.ndarray | None = None, p_female: float = 0.5) -> Traits:
    uniform = np.full(101, 1 / 101)
    return Traits(uniform if age is None else age, p_female, dict.fromkeys(ATTIRE, 0.5))


def at(year: int) -> np.ndarray:
    return np.equal(YEARS, year).astype(float)


@pytest.mark.parametrize(("year", "band"), [(0, "0-12"), (17, "13-17"), (18, "18-24"), (64, "55-64"), (100, "65+")])
def test_the_band_holds_the_expected_age(year: int, band: str) -> None:
    assert seen(at(year)).age_band == band


def test_an_expected_age_between_two_years_belongs_to_the_younger() -> None:
    assert seen((at(17) + at(18)) / 2).age_band == "13-17"


def test_the_interval_leaves_a_tenth_on_either_side() -> None:
    assert seen().age_interval(0.8) == (10, 90)


def test_a_certain_age_is_an_interval_of_one_year() -> None:
    assert seen(at(40)).age_interval() == (40, 40)


def test_a_whole_interval_stays_within_the_years() -> None:
    assert seen().age_interval(1.0) == (0, 100)


@pytest.mark.parametrize(
    ("p", "label"),
    [(0.0, "male"), (0.35, "male"), (0.36, "unknown"), (0.64, "unknown"), (0.65, "female"), (1, "female")],
)
def test_gender_is_told_outside_the_unknown_band(p: float, label: str) -> None:
    assert seen(p_female=p).gender((0.35, 0.65)) == label


def test_fusing_weighs_the_looks() -> None:
    fused = fuse([seen(at(20), 0.2), seen(at(40), 0.8)], [3, 1])
    assert fused.age_mean == pytest.approx(25)
    assert fused.p_female == pytest.approx(0.35)
    assert fused.age.sum() == pytest.approx(1)


@pytest.mark.parametrize(("looks", "weights"), [(0, []), (1, [0.0]), (2, [1.0, -1.0])])
def test_nothing_or_weightless_looks_cannot_be_fused(looks: int, weights: list[float]) -> None:
    with pytest.raises(ValueError, match="at least one look, and positive weights"):
        fuse([seen()] * looks, weights)
