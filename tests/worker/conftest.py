"""Stand-ins for the networks: their answers are scripted, everything around them is real."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.crops import VIEWS
from vision.traits import ATTIRE, YEARS, Traits


def traits(age: float = 30, p_female: float = 0.9, spread: float = 4, **attire: float) -> Traits:
    """Traits whose age is bell-shaped around `age`."""
    bell = np.exp(-0.5 * ((YEARS - age) / spread) ** 2)
    return Traits(bell / bell.sum(), p_female, {name: attire.get(name, 0.1) for name in ATTIRE})


class ScriptedNetworks:
    """Answers as told, and counts what it was asked."""

    attire_thresholds = dict.fromkeys(ATTIRE, 0.5)
    views = VIEWS

    def __init__(self, answer: Callable[[int], Traits] = lambda _: traits()) -> None:
        self.batches: list[int] = []
        self.turns: list[int] = []
        self._answer = answer

    def face_looks(
        self, faces: Sequence[NDArray[np.uint8]], turns: Sequence[int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """One answer per face."""
        assert len(turns) == len(faces)
        self.turns += turns
        if faces:
            self.batches.append(len(faces))
        answers = [self._answer(number) for number in range(len(faces))]
        return np.array([answer.age for answer in answers]), np.array([answer.p_female for answer in answers])

    def body_looks(self, bodies: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """What the first answer says of attire, for each body."""
        return np.array([list(self._answer(0).attire.values()) for _ in bodies])


@pytest.fixture
def networks() -> ScriptedNetworks:
    return ScriptedNetworks()
