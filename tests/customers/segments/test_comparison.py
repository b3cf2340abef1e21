"""A segment beside the rest: figures that can be checked by hand, and effects against their definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from customers.segments.comparison import differences, standing
from customers.segments.effects import cliffs_delta
from customers.segments.expression import parse
from customers.segments.people import likeliest_first, segments_of
from customers.segments.segment import Segment
from tests.customers.segments.people import people

NAN = float("nan")


def segment(condition: str, key: str = "some") -> Segment:
    return Segment(key, {"ru": key, "en": key}, condition, parse(condition))


def test_the_figures_are_those_of_both_sides() -> None:
    told = standing(
        segment("promo_share > 0.5"),
        people(
            promo_share=[0.9, 0.8, 0.1, 0.2, 0.3],
            churn=[0.8, NAN, 0.1, 0.3, 0.2],
            revenue=[1000, 3000, 500, 700, 100_000],
            profit=[4, 6, 1, 2, 3],
        ),
    )
    assert (told.inside.customers, told.outside.customers, told.share) == (2, 3, pytest.approx(0.4))
    assert (told.inside.churn, told.outside.churn) == (pytest.approx(0.8), pytest.approx(0.2))
    assert (told.inside.revenue, told.outside.revenue) == (2000, 700)  # medians: one absurd revenue moves nothing
    assert (told.inside.profit, told.outside.profit) == (5, 2)


def test_money_at_risk_is_probability_times_what_each_brings() -> None:
    money = standing(
        segment("promo_share > 0.5"),
        people(
            promo_share=[0.9, 0.8, 0.7, 0.1],
            churn=[0.5, 0.25, NAN, 1],
            revenue=[1000, 200, 9999, 1e6],
            profit=[4, 8, 9, 9],
        ),
    ).at_risk
    assert (money.revenue, money.profit, money.unscored) == (pytest.approx(550), pytest.approx(4), 1)


@pytest.mark.parametrize("customers", [people(churn=[]), people(churn=[0.1, 0.2]), people(churn=[0.9, 0.8])])
def test_an_empty_side_has_no_figures(customers) -> None:
    told = standing(segment("churn > 0.5"), customers)
    for side in (told.inside, told.outside):
        assert (side.churn is None) == (side.customers == 0)
    assert differences(segment("churn > 0.5"), customers) == ()


def test_what_differs_most_stands_first_and_the_condition_itself_is_left_out() -> None:
    number = 40
    rng = np.random.default_rng(1)
    promo = np.repeat([0.9, 0.1], number)
    customers = people(
        promo_share=list(promo),
        pages_per_visit=list(np.where(promo > 0.5, 2, 8) + rng.normal(0, 0.1, 2 * number)),
        category=["kids"] * 30 + ["kitchen"] * 50,
        profit=list(rng.normal(4, 1, 2 * number)),
    )
    found = differences(segment("promo_share > 0.5"), customers)
    assert found[0].column == "pages_per_visit"
    assert found[0].effect.delta == -1
    assert (found[1].column, found[1].value) in {("category", "kids"), ("category", "kitchen")}
    assert abs(found[1].effect.delta) == pytest.approx(0.75)
    assert "promo_share" not in {difference.column for difference in found}
    by_name = {(one.column, one.value): one for one in found}
    assert not by_name["profit", None].effect.clear
    assert (by_name["category", "kids"].inside, by_name["category", "kids"].outside) == (0.75, 0)


def test_the_effect_is_cliffs_delta() -> None:
    x, y = np.array([1.0, 2, 2, 5, NAN]), np.array([2.0, 3, 0])
    pairs = [np.sign(a - b) for a in x[:4] for b in y]
    effect = cliffs_delta(x, y, 0.95)
    assert effect is not None
    assert effect.delta == pytest.approx(np.mean(pairs))
    assert effect.delta == pytest.approx(2 * mannwhitneyu(x[:4], y).statistic / 12 - 1)


def test_the_intervals_hold_as_often_as_they_say() -> None:
    """Of groups whose true delta is known, about 95 % of the intervals hold it; a tenth of them would not be chance."""
    rng = np.random.default_rng(7)
    true, held, looks = 2 * 0.7602499389065233 - 1, 0, 600  # P(x > y) of N(1, 1) and N(0, 1) is Φ(1 / √2)
    for _ in range(looks):
        effect = cliffs_delta(rng.normal(1, 1, 30), rng.normal(0, 1, 60), 0.95)
        assert effect is not None
        assert -1 <= effect.low <= effect.delta <= effect.high <= 1
        held += effect.low <= true <= effect.high
    assert 0.93 <= held / looks <= 0.975


def test_many_looks_at_chance_find_nothing() -> None:
    """Nineteen columns of noise: with intervals that hold one at a time, most such looks would report something."""
    rng = np.random.default_rng(3)
    false = 0
    for _ in range(60):
        number = 120
        names = ["profit", "revenue", "minutes_current", "minutes_previous", "days_registered", "pages_per_visit",
                 "service_errors", "unpaid_products", "categories_per_visit", "marketing_6_months"]  # fmt: skip
        noise = {name: list(rng.normal(0, 1, number)) for name in names}
        customers = people(promo_share=list(rng.permutation(np.linspace(0, 1, number))), **noise)
        false += any(one.effect.clear for one in differences(segment("promo_share > 0.7"), customers))
    assert false <= 9  # 5 % of 60 are 3


def test_groups_that_do_not_overlap_are_told_apart_without_false_certainty() -> None:
    few = cliffs_delta(np.array([5.0, 6, 7]), np.array([1.0, 2, 3]), 0.95)
    many = cliffs_delta(np.linspace(5, 6, 100), np.linspace(0, 1, 100), 0.95)
    assert few is not None
    assert many is not None
    assert (few.delta, few.high, many.delta, many.high) == (1, 1, 1, 1)
    assert few.low < 0 < 0.9 < many.low
    assert cliffs_delta(np.array([1.0]), np.array([1.0, 2.0]), 0.95) is None


def test_customers_are_looked_at_by_probability_and_then_by_profit() -> None:
    customers = people(churn=[0.5, NAN, 0.9, 0.5, 0.9], profit=[1, 9, 2, 3, 5])
    assert likeliest_first(customers, np.ones(5, bool)) == [4, 2, 3, 0, 1]
    assert likeliest_first(customers, np.array([1, 1, 0, 0, 1], bool)) == [4, 0, 1]


def test_the_segments_of_a_customer_come_in_their_order() -> None:
    customers = people(churn=[0.9, 0.9, 0.1], profit=[1, 5, 9])
    both = (segment("profit >= median", "rich"), segment("churn >= 0.7", "leaving"))
    assert [one.key for one in segments_of(2, both, customers)] == ["rich", "leaving"]
    assert [one.key for one in segments_of(3, both, customers)] == ["rich"]
    with pytest.raises(ValueError, match="not in tuple"):
        segments_of(99, both, customers)
