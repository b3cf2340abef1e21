"""The order of a card's departments: mostly by probability, sometimes by lot, and how far it sways the answers."""

from __future__ import annotations

import numpy as np
import pytest

from routing.exposure import lean, shown

RANKED = ("a", "b", "c", "d")
IDS = [f"visit {n}" for n in range(4000)]


def test_a_share_of_the_orders_is_drawn_by_lot_and_every_order_is_as_likely() -> None:
    orders = [found.order for id in IDS if (found := shown(id, RANKED, 0.2)).order is not None]
    assert len(orders) == pytest.approx(800, abs=100)
    for place in range(4):
        counts = [sum(order[place] == key for order in orders) for key in RANKED]
        assert min(counts) > 150


def test_the_propensities_of_all_that_could_have_stood_first_sum_to_one() -> None:
    first = {(found.order or RANKED)[0]: found.propensity for id in IDS if (found := shown(id, RANKED, 0.2))}
    assert sum(first.values()) == pytest.approx(1)
    assert first["a"] == pytest.approx(0.85)


def test_the_same_visit_has_the_same_order_however_often_it_is_asked() -> None:
    assert shown("visit", RANKED, 1.0) == shown("visit", RANKED, 1.0)
    assert shown("visit", RANKED, 1.0).order != shown("another", RANKED, 1.0).order


def test_without_a_share_nothing_is_drawn() -> None:
    assert {shown(id, RANKED, 0.0).order for id in IDS} == {None}


@pytest.mark.parametrize("truth", [0.0, 0.1, 0.4])
def test_how_far_answers_lean_is_read_from_the_orders_drawn_by_lot(truth: float) -> None:
    random = np.random.default_rng(1)
    pressed = (random.random(2000) < truth) | (random.random(2000) < 0.25)
    assert lean(list(pressed), [4] * 2000) == pytest.approx(truth, abs=0.04)


def test_few_orders_drawn_by_lot_say_little() -> None:
    assert lean([], []) == 0
    assert lean([True], [4]) < 0.05
