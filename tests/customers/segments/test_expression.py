"""Conditions: what they mean, and where exactly a bad one is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.segments.columns import COLUMNS
from customers.segments.expression import Compared, Quantile, named, parse
from customers.segments.membership import members
from customers.segments.tokens import ExpressionError
from tests.customers.segments.people import people

NAN = float("nan")


def chosen(condition: str, **columns: list) -> list[int]:
    """The numbers, from 1, of the customers that a condition chooses."""
    customers = people(**columns)
    return [number for number, one in zip(customers.ids, members(parse(condition), customers), strict=True) if one]


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("churn >= 0.7", [3, 4]),
        ("churn > 0.7", [4]),
        ("churn < 0.7", [1, 2]),
        ("churn == 0.1", [1]),
        ("churn != 0.1", [2, 3, 4]),
        ("not churn >= 0.7", [1, 2]),
        ("churn >= 0.7 and profit >= median", [4]),
        ("churn >= 0.9 or profit < 2", [1, 4]),
        ("profit > 1 and profit < 4 or churn < 0.2", [1, 2, 3]),
        ("profit > 1 and (profit < 4 or churn > 0.8)", [2, 3, 4]),
        ("profit <= p25", [1]),
        ("profit in (1, 4)", [1, 4]),
        ("profit not in (1, 4,)", [2, 3]),
        ('category in ("Товары для детей", "Home textiles")', [1, 2]),
        ('category == "kids"', [1]),
        ("category != «Товары для детей»", [2, 3, 4]),
        ("service == 'премиум' or may_notify == \"нет\"", [2, 4]),
        ("revenue_current < revenue_previous", [2]),
        ("profit > -1e3", [1, 2, 3, 4]),
        ("  churn>=.7\n  and\tprofit>=3 ", [4]),
    ],
)
def test_a_condition_chooses_who_fulfils_it(condition: str, who: list[int]) -> None:
    assert (
        chosen(
            condition,
            churn=[0.1, 0.3, 0.7, 0.9],
            profit=[1, 2.5, 2.4, 4],
            category=["kids", "textiles", "beauty", "kitchen"],
            service=["standard", "premium", "standard", "standard"],
            may_notify=["yes", "yes", "yes", "no"],
            revenue_current=[5, 4, 5, 6],
            revenue_previous=[5, 5, 5, 5],
        )
        == who
    )


def test_what_is_not_known_is_neither_chosen_nor_left_out_on_purpose() -> None:
    churn = [NAN, 0.9, 0.1]
    assert chosen("churn >= 0.7", churn=churn) == [2]
    assert chosen("not churn >= 0.7", churn=churn) == [3]
    assert chosen("churn != 0.5", churn=churn) == [2, 3]
    assert chosen("churn >= 0.7 or profit > 0", churn=churn, profit=[1, 1, 1]) == [1, 2, 3]
    assert chosen("not (churn >= 0.7 and profit > 5)", churn=churn, profit=[1, 1, 9]) == [1, 2, 3]


def test_quantiles_are_those_of_all_customers_that_are_known() -> None:
    assert chosen("profit >= median", profit=[1, 2, 3, NAN]) == [2, 3]
    assert chosen("churn >= 0.5 and profit >= p75", churn=[0, 0, 0.9, 0.9], profit=[1, 2, 3, 9]) == [4]
    assert chosen("churn >= median", churn=[NAN, NAN]) == []


@pytest.mark.parametrize(
    ("condition", "position", "says"),
    [
        ("", 0, "the condition is empty"),
        ("chrun >= 0.7", 0, "no column is called chrun; did you mean churn?"),
        ("churn >= 0.7 and", 16, "a column is missing here"),
        ("churn >=", 8, "a value to hold churn against is missing here"),
        ("churn", 5, "after churn, one of >= <="),
        ("churn = 0.7", 6, "equality is written =="),
        ("churn => 0.7", 6, "write >="),
        ("churn > 0,7", 9, "decimals have a point"),
        ("churn > 50%", 10, "50 % is 0.5"),
        ("churn >= 70", 9, "churn runs from 0 to 1; 70 % is 0.7"),
        ("churn > 1e999", 8, "churn runs from 0 to 1"),
        ("profit > 1e999", 9, "too large"),
        ('churn >= "x"', 9, "churn is a number, and this is a text"),
        ("category == 3", 12, "put it in quotes"),
        ("category == kids", 12, 'a text stands in quotes: category == "kids"'),
        ('category > "kids"', 9, "which has no order"),
        ('category == "Товары для дети"', 12, "did you mean 'Товары для детей'?"),
        ('category in ("kids", "toys")', 21, "category is never 'toys'"),
        ('category in "kids"', 12, "the values after in stand in parentheses"),
        ('category in ("kids"', 19, "the list of values is not closed"),
        ("category in ()", 13, "a value to hold category against is missing"),
        ('category == "kids', 12, "this text is not closed"),
        ("profit >= category", 10, "profit is a number, and category is a text"),
        ("profit in (median)", 11, "plain numbers or texts only"),
        ("profit >= p0", 10, "p1 to p99"),
        ("profit >= p100", 10, "p1 to p99"),
        ("median <= profit", 0, "write it after a column"),
        ("0.3 < churn < 0.5", 0, "a comparison begins with a column"),
        ("(churn > 0.5", 12, "the parenthesis is not closed"),
        ("churn > 0.5)", 11, "')' is too much here"),
        ("churn > 0.5 profit > 2", 12, "'profit' is too much here"),
        ("churn > 0.5 & profit > 2", 12, "write and"),
        ("churn > 0.7.1", 8, "this is no number"),
        ("churn not 3", 10, "not goes with in"),
        ('__import__("os").system("true")', 16, "'.' has no meaning here"),
        ("churn.__class__ == 1", 5, "'.' has no meaning here"),
        ("churn > lambda", 8, "no column is called lambda"),
        ("(" * 40 + "churn > 0.5" + ")" * 40, 30, "make it simpler"),
        ("churn > 0.5 and " * 200, 2000, "longer than 2000 characters"),
    ],
)
def test_a_bad_condition_is_refused_where_it_is_wrong(condition: str, position: int, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(condition)
    assert says in caught.value.problem
    assert caught.value.position == position


@pytest.mark.parametrize(
    "condition", ['category == "Товары" and churn > 1', "profit > 1 and " * 60 + "chrun > 0.5 or profit > 2"]
)
def test_the_caret_stands_under_the_mistake(condition: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(condition)
    _, shown, caret = str(caught.value).split("\n")
    assert len(shown) < 140
    assert shown[caret.index("^") :].startswith(condition[caught.value.position :][:10])


WORDS = [
    *"()<>=!,.\"'«» \n%-09p",
    "churn",
    "category",
    " and ",
    " not ",
    " in ",
    "median",
    "é",
    "churn > 0.5",
    '"kids"',
]


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
def test_whatever_is_written_is_read_or_refused(condition: str) -> None:
    try:
        tree = parse(condition)
    except ExpressionError as error:
        assert 0 <= error.position <= len(condition)  # noqa: PT017
    else:
        assert named(tree) <= set(COLUMNS)


def test_the_tree_says_what_was_written() -> None:
    assert parse("profit >= median") == Compared("profit", ">=", Quantile(0.5))
    assert named(parse("churn > 0.5 and not (profit > 1 or revenue < revenue_current)")) == {
        "churn",
        "profit",
        "revenue",
        "revenue_current",
    }
