"""A line is crossed in one direction only, and a camera's rule and line must fit together."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from amiko.config import Camera
from vision.face import Face
from worker.entry import Line

ACROSS = ((0.0, 0.5), (1.0, 0.5))
DOWN, UP = (100, 160, 220, 260, 300), (300, 260, 220, 160, 100)


def crossings(heights: tuple[int, ...], line: tuple[tuple[float, float], tuple[float, float]] = ACROSS) -> list[int]:
    watched = Line(line, 640, 400)
    points = np.zeros((5, 2), np.float32)
    return [number for y in heights for number in watched.crossed([(7, Face((300, y - 20, 340, y + 20), 0.9, points))])]


def test_who_goes_from_left_to_right_along_the_line_has_crossed_it_once() -> None:
    assert crossings(DOWN) == [7]


def test_who_leaves_has_not_come_in() -> None:
    assert crossings(UP) == []


def test_the_line_turned_round_counts_the_others() -> None:
    assert crossings(UP, ACROSS[::-1]) == [7]


def test_who_trembles_on_the_line_has_not_crossed_it() -> None:
    assert crossings((190, 205, 195, 206, 194, 205, 195)) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"entry": "line"}, "camera door: entry: line needs a line, for example"),
        ({"line": ACROSS}, "camera door: a line is only used with entry: line"),
        ({"entry": "line", "line": ((0.5, 0.5), (0.5, 0.5))}, "camera door: the line's two points are the same"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_in_words(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Camera.model_validate({"name": "door", "url": 0, **settings})
