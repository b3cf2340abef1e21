"""Where faces are looked for: what moves, who was seen a moment ago, and who is awaited; not what stands still."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.face import Face
from worker.attention import MARGIN, Attention

HEIGHT, WIDTH = 360, 640
STEP = 0.25


def scene(*squares: tuple[int, int]) -> NDArray[np.uint8]:
    """Grey, with sensor noise, and bright squares of 60 px at these places (x, y)."""
    image = np.random.default_rng().normal(110, 4, (HEIGHT, WIDTH, 3)).clip(0, 255).astype(np.uint8)
    for x, y in squares:
        image[y : y + 60, x : x + 60] = 230
    return image


def face(x: float, y: float) -> Face:
    return Face((x, y, x + 40, y + 50), 0.9, np.zeros((5, 2), np.float32))


def watching(steps: int = 4) -> Attention:
    """Has seen the empty scene for a while."""
    attention = Attention(remember=2.0)
    for step in range(steps):
        attention.region(scene(), step * STEP, [])
    return attention


def test_the_first_frame_is_searched_whole_and_a_still_scene_is_not() -> None:
    attention = Attention(remember=2.0)
    first = attention.region(scene(), 0.0, [])
    assert first is not None
    assert first[0] <= 0
    assert first[3] >= HEIGHT
    assert [attention.region(scene(), step * STEP, []) for step in range(1, 20)] == [None] * 19


def test_what_moves_is_searched_with_a_margin_and_the_rest_is_not() -> None:
    region = watching().region(scene((300, 150)), 1.0, [])
    assert region is not None
    assert region == pytest.approx((300 - 64, 150 - 36, 360 + 64, 210 + 36), abs=12)
    assert pytest.approx(0.1) == MARGIN


def test_what_came_to_stand_still_is_soon_let_be() -> None:
    attention = watching()
    searched = [attention.region(scene((300, 150)), 1 + step * STEP, []) is not None for step in range(20)]
    assert searched[0]
    assert not any(searched[12:])


def test_a_new_face_is_looked_for_though_nothing_moves_but_not_for_ever() -> None:
    attention = watching()
    for step in range(40):
        at = 1 + step * STEP
        region = attention.region(scene(), at, [])
        if step == 0:
            attention.found([face(100, 100)], at)
        elif region is not None:
            attention.found([face(100, 100)], at)
            assert region[0] <= 60
            assert region[2] >= 180
            last = at
    assert 2.5 <= last <= 4


def test_who_is_awaited_is_looked_for_as_long_as_it_takes() -> None:
    attention = watching()
    assert all(attention.region(scene(), 1 + step * STEP, [face(500, 200)]) is not None for step in range(50))


def test_a_face_seen_lately_is_searched_beside_what_moves_elsewhere() -> None:
    attention = watching()
    attention.found([face(500, 200)], 1.0)
    region = attention.region(scene((100, 100)), 1.25, [])
    assert region is not None
    assert region[0] < 100
    assert region[2] > 540
    forgotten = attention.region(scene((100, 160)), 3.5, [])
    assert forgotten is not None
    assert forgotten[2] < 500


def test_while_nobody_is_in_view_every_third_frame_will_do_and_the_others_once_somebody_is() -> None:
    def searches(fps: int, *faces: Face) -> int:
        attention, count = Attention(remember=2.0), 0
        for step in range(2 * fps):
            at = step / fps
            if attention.region(scene((20 + 40 * (step % 8), 100)), at, []) is not None:
                attention.found(faces, at)
                count += 1
        return count

    assert searches(8) == 6
    assert searches(4) == 4
    assert searches(8, face(100, 100)) == 16
