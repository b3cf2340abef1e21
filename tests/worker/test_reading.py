"""What a reading tells of clothes."""

from __future__ import annotations

import numpy as np
import pytest

from amiko.config import Config
from routing.rank import rank
from vision.traits import ATTIRE, YEARS, Traits
from worker.reading import Reading, read


def reading(p_female: float, **attire: float) -> Reading:
    traits = Traits(np.full(len(YEARS), 1 / len(YEARS)), p_female, dict.fromkeys(ATTIRE, 0.0) | attire)
    ranking = rank(Config().routing.as_departments(), traits.age, p_female, traits.attire)
    return read(
        traits,
        ranking,
        gender_unknown=(0.35, 0.65),
        attire_thresholds=dict.fromkeys(ATTIRE, 0.5),
        good=4,
        faces=4,
    )


def test_what_is_at_least_as_probable_as_its_threshold_is_told() -> None:
    assert reading(0.9, formal=0.49, casual=0.5, dress=0.8).attire == ("casual", "dress")


@pytest.mark.parametrize(("p_female", "told"), [(0.1, ("casual",)), (0.5, ("casual", "dress"))])
def test_no_dress_is_told_of_a_man_but_of_who_may_be_a_woman(p_female: float, told: tuple[str, ...]) -> None:
    man = reading(p_female, casual=0.9, dress=0.8)
    assert man.attire == told
    assert man.attire_scores["dress"] == 0.8
