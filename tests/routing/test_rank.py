"""Routing turns a visitor's distributions into department probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.departments import Department
from routing.rank import rank

FLAT_AGE = np.full(101, 1 / 101)


def at_age(year: int) -> np.ndarray:
    age = np.zeros(101)
    age[year] = 1.0
    return age


def test_priors_alone_decide_when_nothing_is_weighed() -> None:
    departments = [Department("a", {}, prior=3), Department("b", {}, prior=1)]
    assert rank(departments, FLAT_AGE, 0.5, {}).departments == (("a", 0.75), ("b", 0.25))


def test_equal_departments_keep_their_configured_order() -> None:
    departments = [Department(key, {}) for key in ("c", "a", "b")]
    assert [key for key, _ in rank(departments, FLAT_AGE, 0.5, {}).departments] == ["c", "a", "b"]


@pytest.mark.parametrize(("year", "first"), [(17, "rest"), (18, "young"), (34, "young"), (35, "rest")])
def test_both_ends_of_an_age_range_belong_to_it(year: int, first: str) -> None:
    departments = [Department("rest", {}, prior=1.5), Department("young", {}, age=(((18, 34), 2.0),))]
    assert rank(departments, at_age(year), 0.5, {}).departments[0][0] == first


def test_the_age_weight_is_integrated_over_the_distribution() -> None:
    half = (at_age(10) + at_age(50)) / 2
    ranking = rank([Department("kids", {}, age=(((0, 12), 5.0),))], half, 0.5, {})
    assert ranking.factors["kids"]["age"] == pytest.approx(0.5 * 5 + 0.5 * 1)


def test_an_unsure_gender_moves_the_answer_less_than_a_sure_one() -> None:
    departments = [Department("her", {}, gender={"female": 2.0, "male": 0.5}), Department("any", {})]
    sure, unsure = (dict(rank(departments, FLAT_AGE, p, {}).departments)["her"] for p in (0.95, 0.6))
    assert sure > unsure > 0.5


def test_attire_weights_multiply_and_missing_traits_count_as_absent() -> None:
    department = Department("gala", {}, attire={"formal": 3.0, "dress": 2.0})
    assert rank([department], FLAT_AGE, 0.5, {"formal": 0.5, "dress": 1.0}).factors["gala"]["attire"] == 2.0 * 2.0
    assert rank([department], FLAT_AGE, 0.5, {}).factors["gala"]["attire"] == 1.0


def test_no_department_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one department"):
        rank([], FLAT_AGE, 0.5, {})


weights = st.floats(0.01, 100)


@given(
    st.lists(st.tuples(weights, weights, weights, weights), min_size=1, max_size=8),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 100),
)
def test_probabilities_are_ordered_and_sum_to_one(
    numbers: list[tuple[float, float, float, float]], p_female: float, p_formal: float, year: int
) -> None:
    departments = [
        Department(str(i), {}, prior, (((0, 50), age),), {"female": gender}, {"formal": attire})
        for i, (prior, age, gender, attire) in enumerate(numbers)
    ]
    probabilities = [p for _, p in rank(departments, at_age(year), p_female, {"formal": p_formal}).departments]
    assert sum(probabilities) == pytest.approx(1)
    assert probabilities == sorted(probabilities, reverse=True)
    assert min(probabilities) > 0
