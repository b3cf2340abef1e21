"""What is learnt from outcomes: little from few, much from many, something from other shops, nothing from places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routing.learning import STRENGTHS, Outcomes, fit, learn, log_likelihood
from tests.routing.tastes import outcomes


def moved(correction, judged: Outcomes) -> float:
    """How far P(department) is from the rules', on average: 0 to 1."""
    return float(np.abs(correction.probabilities(judged) - np.exp(judged.rules)).sum(axis=1).mean() / 2)


def distance(p: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(p - truth).sum(axis=1).mean() / 2)


def test_ten_outcomes_change_little_and_a_thousand_much() -> None:
    everybody, truth = outcomes(3000)
    ten, thousand = (learn(everybody.take(np.arange(n)), 0.0) for n in (10, 1000))

    full = distance(np.exp(everybody.rules), truth)
    assert moved(ten, everybody) < 0.4 * full
    assert moved(thousand, everybody) > 0.85 * full
    assert distance(thousand.probabilities(everybody), truth) < 0.3 * full


def test_where_the_rules_are_right_nothing_much_is_learnt() -> None:
    everybody, truth = outcomes(1000, taste=0.0)
    learnt = learn(everybody, 0.0)
    assert distance(learnt.probabilities(everybody), truth) < 0.05


def test_the_gradient_is_that_of_the_loss() -> None:
    from scipy.optimize import check_grad

    from routing.learning import _Posterior

    told, _ = outcomes(60, shops=2, lean=0.2)
    posterior = _Posterior(told, 0.3, 0.2)
    at = np.random.default_rng(3).normal(0, 0.3, posterior.size)
    assert check_grad(lambda w: posterior(w)[0], lambda w: posterior(w)[1], at) < 1e-5


def test_a_shop_with_few_outcomes_learns_from_the_others() -> None:
    others, _ = outcomes(900)
    few, truth = outcomes(400, seed=2)
    here = few.take(np.arange(12))
    together = Outcomes(
        *(np.concatenate([a, b]) for a, b in zip(vars(others).values(), vars(here).values(), strict=True))
    )
    together.shop[-12:] = 1

    alone = distance(fit(here, 0.35, 0.0).probabilities(few), truth)
    few.shop[:] = 1
    pooled = distance(fit(together, 0.35, 0.0).probabilities(few), truth)

    assert pooled < 0.6 * alone


def test_a_shop_of_its_own_taste_departs_from_the_chain() -> None:
    chain, _ = outcomes(900)
    other, truth = outcomes(900, taste=-1.5, seed=2)
    other.shop[:] = 1
    together = Outcomes(
        *(np.concatenate([a, b]) for a, b in zip(vars(chain).values(), vars(other).values(), strict=True))
    )
    found = fit(together, 0.6, 0.0).probabilities(other)
    assert distance(found, truth) < 0.5 * distance(np.exp(other.rules), truth)


def test_answers_that_only_repeat_what_stood_first_are_not_taken_for_tastes() -> None:
    told, truth = outcomes(3000, taste=0.8, lean=0.3, by_lot=0.1)
    naive, aware = (learn(told, lean).probabilities(told) for lean in (0.0, 0.3))
    assert distance(aware, truth) < 0.6 * distance(naive, truth)


def test_overconfident_weights_are_cooled_by_what_came_later() -> None:
    told, _ = outcomes(400)
    learnt = learn(told.take(np.arange(320)), 0.0)
    later = told.take(np.arange(320, 400))
    by_rules = log_likelihood(np.exp(later.rules), later, 0.0).mean()
    assert 0.6 < learnt.temperature < 1.8
    assert log_likelihood(learnt.probabilities(later), later, 0.0).mean() > by_rules


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_handful_is_enough_not_to_fail(number: int) -> None:
    told, _ = outcomes(number)
    learnt = learn(told, 0.0)
    assert learnt.strength in STRENGTHS
    assert np.allclose(learnt.probabilities(told).sum(axis=1), 1)


def test_without_an_outcome_there_is_nothing_to_learn() -> None:
    told, _ = outcomes(3)
    with pytest.raises(ValueError, match="nothing to learn from"):
        learn(told.take(np.zeros(3, bool)), 0.0)


def test_a_shop_and_a_camera_that_came_later_get_what_the_chain_has_learnt() -> None:
    told, _ = outcomes(300)
    learnt = fit(told, 0.35, 0.0)
    later, _ = outcomes(50, seed=4)
    as_known = replace(learnt, cameras=np.zeros((1, 3))).probabilities(later)
    later.shop[:] = 3
    later.camera[:] = 2
    assert np.allclose(learnt.known_to(later).probabilities(later), as_known)
