"""What a network in training loses by an answer: on labels, on what teachers answer, and on what nobody labelled."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vision.labelled.faces import FaceSample
from vision.training.bodies import attire_loss
from vision.training.faces import age_loss, training_batch
from vision.training.teachers import lesson_loss


def test_a_pupil_loses_least_by_answering_as_the_teachers_do() -> None:
    ages, genders = torch.randn(4, 101), torch.randn(4)
    lesson = torch.cat([ages.softmax(1), genders.sigmoid()[:, None]], dim=1)
    inexact = torch.tensor([True, True, False, False])
    agreeing = lesson_loss(ages, genders, lesson, inexact)
    assert agreeing < lesson_loss(ages.flip(1), genders, lesson, inexact)
    assert agreeing < lesson_loss(ages, -genders, lesson, inexact)


def test_teachers_know_no_better_than_an_exact_age() -> None:
    lesson = torch.cat([torch.full((2, 101), 1 / 101), torch.full((2, 1), 0.5)], dim=1)
    wild, flat, genders = 9 * torch.randn(2, 101), torch.zeros(2, 101), torch.zeros(2)
    exact, binned = torch.tensor([False, False]), torch.tensor([True, True])
    assert lesson_loss(wild, genders, lesson, exact) == lesson_loss(flat, genders, lesson, exact)
    assert lesson_loss(wild, genders, lesson, binned) > lesson_loss(flat, genders, lesson, binned)


def test_the_age_loss_is_the_likelihood_of_the_whole_bin() -> None:
    mask = torch.full((1, 101), -torch.inf)
    mask[0, 20:30] = 0.0
    assert float(age_loss(torch.zeros(1, 101), mask)) == pytest.approx(np.log(101 / 10), abs=1e-4)


def test_an_exact_age_teaches_the_years_around_it_too() -> None:
    face = FaceSample(np.zeros((20, 20, 3), np.uint8), (2, 2, 18, 18), (30, 30), True, "", False)
    likely = training_batch([face], np.random.default_rng(0)).year_mask[0]
    assert likely.argmax() == 30
    assert likely[30] > likely[31] > likely[33] > likely[40]
    assert torch.isfinite(likely).all()


def test_a_bin_allows_its_years_and_no_others() -> None:
    face = FaceSample(np.zeros((20, 20, 3), np.uint8), (2, 2, 18, 18), (20, 29), True, "", False)
    likely = training_batch([face], np.random.default_rng(0)).year_mask[0]
    assert torch.isfinite(likely).nonzero().flatten().tolist() == list(range(20, 30))


def test_of_two_distributions_with_the_same_likelihood_the_smoother_costs_less() -> None:
    mask = torch.full((1, 101), -torch.inf)
    mask[0, 20:30] = 0.0
    # The same logits outside the bin, once in order and once shuffled.
    smooth = torch.zeros(1, 101)
    smooth[0, 40:60] = torch.linspace(-1, 1, 20)
    jagged = smooth.clone()
    jagged[0, 40:60] = smooth[0, 40:60][torch.from_numpy(np.random.default_rng(0).permutation(20))]
    assert float(age_loss(smooth, mask)) < float(age_loss(jagged, mask))


def test_traits_without_a_label_do_not_teach() -> None:
    logits = torch.tensor([[2.0, -1.0, 50.0, 50.0, -50.0]])
    traits = torch.tensor([[1.0, 0.0, torch.nan, torch.nan, torch.nan]])
    expected = (np.log1p(np.exp(-2)) + np.log1p(np.exp(-1))) / 2
    assert float(attire_loss(logits, traits)) == pytest.approx(expected, rel=1e-5)


def test_a_batch_without_any_label_costs_nothing() -> None:
    logits = torch.ones(2, 3, requires_grad=True)
    loss = attire_loss(logits, torch.full((2, 3), torch.nan))
    loss.backward()
    assert float(loss.detach()) == 0
    assert logits.grad is not None
    assert not logits.grad.any()
