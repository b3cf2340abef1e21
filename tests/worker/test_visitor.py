"""A visitor is decided as soon as good faces agree, and at the latest a fixed time after the first good one."""

from __future__ import annotations

import numpy as np
import pytest

from amiko.config import WorkerConfig
from tests.worker.conftest import traits
from vision.face import Face
from vision.traits import Traits
from worker.visitor import Look, Visitor

SETTINGS = WorkerConfig(good_faces=3, best_faces=3, min_quality=0.5, decide_within=1.5)
FACE = Face((10, 10, 50, 60), 0.9, np.zeros((5, 2), np.float32))


def entered() -> Visitor:
    visitor = Visitor(1, SETTINGS, 0.0)
    visitor.entered = True
    return visitor


def see(visitor: Visitor, at: float, quality: float) -> None:
    crop = np.zeros((2, 2, 3), np.uint8)
    visitor.see(FACE, at, quality, lambda: Look(quality, crop, visitor.turn, lambda: crop, None))


def read(visitor: Visitor, *answers: Traits) -> None:
    for look, answer in zip(visitor.take_unread(), answers, strict=True):
        look.traits = answer


def test_the_networks_are_asked_once_enough_good_faces_came() -> None:
    visitor = entered()
    asked = []
    for step in range(4):
        see(visitor, step / 8, 0.8)
        asked.append(visitor.due(step / 8))
    assert asked == [False, False, True, True]


def test_the_kept_looks_are_in_both_views_also_when_better_ones_replace_some() -> None:
    visitor = entered()
    for step, quality in enumerate((0.5, 0.8, 0.6, 0.7, 0.9, 0.95)):
        see(visitor, step / 8, quality)
        turns = [look.turn for look in visitor.looks]
        assert abs(turns.count(0) - turns.count(1)) <= 1
    assert [look.quality for look in visitor.looks] == [0.95, 0.9, 0.8]


def test_they_are_not_asked_again_before_a_new_good_face() -> None:
    visitor = entered()
    for step in range(3):
        see(visitor, step / 8, 0.8)
    read(visitor, traits(), traits(), traits())
    assert not visitor.due(0.3)
    see(visitor, 0.4, 0.1)
    assert not visitor.due(0.4)
    see(visitor, 0.5, 0.9)
    assert visitor.due(0.5)


def test_looks_that_agree_settle_it() -> None:
    visitor = entered()
    for step in range(3):
        see(visitor, step / 8, 0.8)
    read(visitor, traits(29), traits(31), traits(33))
    assert visitor.settled


@pytest.mark.parametrize("odd", [traits(age=70), traits(p_female=0.1)])
def test_looks_that_disagree_on_age_or_gender_do_not(odd: Traits) -> None:
    visitor = entered()
    for step in range(3):
        see(visitor, step / 8, 0.8)
    read(visitor, traits(), traits(), odd)
    assert not visitor.settled


def test_time_runs_from_the_first_good_face() -> None:
    visitor = entered()
    see(visitor, 0.0, 0.2)
    assert not visitor.due(10.0)
    see(visitor, 10.0, 0.8)
    assert not visitor.due(11.4)
    assert visitor.due(11.5)


def test_only_the_best_looks_are_kept() -> None:
    visitor = entered()
    for step, quality in enumerate((0.6, 0.1, 0.9, 0.7, 0.3, 0.8)):
        see(visitor, step / 8, quality)
    assert sorted(look.quality for look in visitor.take_unread()) == [0.7, 0.8, 0.9]


def test_a_face_that_would_not_be_kept_is_not_even_cut() -> None:
    visitor = entered()
    for step in range(3):
        see(visitor, step / 8, 0.8)
    visitor.see(FACE, 1.0, 0.7, lambda: pytest.fail("this look is worse than those kept"))
    assert visitor.faces == 4


def test_good_looks_outweigh_bad_ones() -> None:
    visitor = entered()
    see(visitor, 0.0, 0.2)
    see(visitor, 0.1, 0.9)
    read(visitor, traits(age=80), traits(age=20))
    assert visitor.traits().age_mean == pytest.approx(20, abs=0.5)


def test_without_a_good_look_the_bad_ones_speak() -> None:
    visitor = entered()
    see(visitor, 0.0, 0.0)
    see(visitor, 0.1, 0.2)
    read(visitor, traits(age=80), traits(age=20))
    assert visitor.good_looks == 0
    assert visitor.traits().age_mean == pytest.approx(20, abs=1)


def test_a_decision_lets_go_of_the_pictures() -> None:
    visitor = entered()
    see(visitor, 0.0, 0.9)
    visitor.decide()
    see(visitor, 0.1, 0.9)
    assert visitor.take_unread() == []
    assert visitor.faces == 2


def test_before_somebody_has_come_in_the_networks_are_not_asked() -> None:
    visitor = Visitor(1, SETTINGS, 0.0)
    for step in range(20):
        see(visitor, step / 8, 0.8)
    assert not visitor.due(2.5)
