"""What the model looks at: trends that bear empty months, and nothing that only names a customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from customers.churn.candidates import folds
from customers.churn.features import FEATURES, features, labels
from customers.churn.sameness import groups, prints


def test_the_four_groups_are_all_looked_at(people) -> None:
    assert {feature.group for feature in FEATURES} == {
        "communication",
        "product behaviour",
        "purchasing",
        "site behaviour",
    }


def test_neither_id_nor_profit_is_looked_at(people) -> None:
    renamed = people.assign(profit=people["profit"] + 100)
    renamed.index = renamed.index[::-1]
    assert (features(renamed).to_numpy() == features(people).to_numpy()).all()


def test_a_trend_says_what_changed_whatever_the_amounts(people) -> None:
    three = people.head(4).assign(revenue_previous=[0.0, 100.0, 5000.0, 0.0], revenue_current=[70.0, 100.0, 0.0, 0.0])
    assert features(three)["revenue_trend"].tolist() == [1.0, 0.0, -1.0, 0.0]


def test_a_customer_who_never_came_has_numbers_all_the_same(people) -> None:
    empty = people.head(1).assign(
        minutes_previous=0.0, minutes_current=0.0, pages_per_visit=0.0, unpaid_products=0, categories_per_visit=0.0,
        service_errors=0, marketing_6_months=0.0, marketing_current_month=0.0, revenue_previous=0.0,
        revenue_current=0.0, revenue_before_previous=0.0,
    )  # fmt: skip
    assert np.isfinite(features(empty).to_numpy()).all()


def test_the_same_person_under_two_ids_never_stands_on_both_sides_of_a_split(people) -> None:
    twin = people.tail(30).assign(profit=0.0)
    twin.index = range(10**9, 10**9 + 30)
    both = pd.concat([people, twin])
    same = groups(both)
    assert (same[-30:] == same[len(people) - 30 : len(people)]).all()
    for seed in range(5):
        for learn, judge in folds(labels(both), same, 5, seed):
            assert not set(same[learn]) & set(same[judge])


def test_a_customer_is_known_again_by_what_they_do_and_not_by_their_id(people) -> None:
    renamed = people.set_axis(people.index + 1)
    assert (prints(renamed) == prints(people)).all()
    first = people.head(1)
    assert prints(first.assign(minutes_current=first["minutes_current"] + 1)) != prints(first)
    assert prints(first.assign(dropped=~first["dropped"])) != prints(first)
