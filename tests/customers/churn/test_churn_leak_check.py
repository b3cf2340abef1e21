"""Columns that give the answer away are found alone, and nobody trains on them."""

from __future__ import annotations

import pytest

from customers.churn.features import labels
from customers.churn.leak_check import check, require_honest
from customers.churn.sameness import groups
from customers.churn.training import train
from customers.errors import CustomersError


def test_an_id_that_was_given_in_the_order_of_the_outcome_is_refused(people) -> None:
    ordered = people.sort_values("dropped").set_axis(range(1000, 1000 + len(people)))
    ordered.index.name = "id"
    found = {column.name: column for column in check(ordered, labels(ordered), groups(ordered))}
    assert found["id"].roc_auc > 0.95
    assert "alone it says almost everything" in (found["id"].refused or "")
    assert found["promo_share"].refused is None


def test_an_id_that_says_nothing_is_refused_all_the_same(people) -> None:
    shuffled = people.sample(frac=1, random_state=1).set_axis(range(len(people)))
    shuffled.index.name = "id"
    found = {column.name: column for column in check(shuffled, labels(shuffled), groups(shuffled))}
    assert "a value of its own" in (found["id"].refused or "")


def test_money_differs_between_customers_and_is_no_id(people) -> None:
    found = {column.name: column for column in check(people, labels(people), groups(people))}
    assert found["revenue_current"].refused is None


def test_training_refuses_a_column_that_knows_the_outcome(people) -> None:
    leaking = people.assign(unpaid_products=people["dropped"].astype(int))
    with pytest.raises(CustomersError, match="unpaid_products must not be learnt from"):
        train(leaking)


def test_what_is_not_learnt_from_may_be_refused_without_harm(people) -> None:
    require_honest(check(people, labels(people), groups(people)), {"promo_share"})
