"""People keep their number while their tracks break, and are forgotten in time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.face import Face
from worker.identity import MOST, Identities

RED, BLUE = (30, 30, 200), (200, 40, 30)
SKIN = {RED: (120, 150, 210), BLUE: (60, 80, 120)}
"""Nobody's face is the same as another's, in colours either."""


def face(x: float, y: float = 100, width: float = 40) -> Face:
    box = (x - width / 2, y - width / 2, x + width / 2, y + width / 2)
    return Face(box, 0.9, np.zeros((5, 2), np.float32))


def picture(*people: tuple[Face, tuple[int, int, int]]) -> NDArray[np.uint8]:
    """Each person in a colour of their own, before a grey wall."""
    image = np.full((400, 800, 3), 128, np.uint8)
    for seen, colour in people:
        left, top, right, bottom = (round(edge) for edge in seen.box)
        image[top:bottom, left:right] = SKIN[colour]
        image[bottom : bottom + 100, left - 40 : right + 40] = colour
    return image


class Watch:
    """One person at a time before a camera."""

    def __init__(self, revisit: float = 1800) -> None:
        self.identities = Identities(lost_after=2.0, revisit=revisit)

    def see(
        self,
        track: int,
        x: float,
        colour: tuple[int, int, int],
        start: float,
        seconds: float = 1,
        step: float = 0.125,
    ) -> int:
        """Show somebody for so long; their number."""
        number = -1
        for at in np.arange(start, start + seconds, step):
            seen = face(x)
            [(number, _)] = self.identities.update([(track, seen)], picture((seen, colour)), float(at))
        return number


def test_a_new_track_where_one_was_lost_in_the_same_clothes_is_the_same_person() -> None:
    watch = Watch()
    assert watch.see(1, 200, RED, 0) == watch.see(2, 260, RED, 2.5)


def test_in_other_colours_it_is_somebody_else() -> None:
    watch = Watch()
    assert watch.see(1, 200, RED, 0) != watch.see(2, 200, BLUE, 2.5)


def test_far_away_it_is_somebody_else() -> None:
    watch = Watch()
    assert watch.see(1, 100, RED, 0) != watch.see(2, 700, RED, 1.5)


def test_a_customer_is_forgotten_after_seconds() -> None:
    watch = Watch()
    assert watch.see(1, 200, RED, 0) != watch.see(2, 200, RED, 20)


def test_a_track_that_jumps_to_somebody_else_is_parted() -> None:
    watch = Watch()
    assert watch.see(1, 200, RED, 0) != watch.see(1, 200, BLUE, 1)


def test_two_in_view_at_once_in_the_same_clothes_are_two() -> None:
    identities = Identities(2.0, 1800)
    both = [(1, face(200)), (2, face(400))]
    image = picture((both[0][1], RED), (both[1][1], RED))
    numbers = {number for at in (0.0, 0.1, 0.2) for number, _ in identities.update(both, image, at)}
    assert len(numbers) == 2


@pytest.mark.parametrize(("away", "same"), [(20.0, True), (1000.0, True), (1800.0, False)])
def test_who_stays_is_known_for_the_revisit_time(away: float, same: bool) -> None:
    watch = Watch(revisit=1800)
    first = watch.see(1, 200, RED, 0, seconds=70, step=1.0)
    assert (watch.see(2, 300, RED, 70 + away) == first) is same


def test_who_passes_by_in_a_day_of_strangers_leaves_no_trace() -> None:
    watch = Watch()
    for hour in range(24):
        watch.see(hour, 200, RED, 3600.0 * hour)
    assert len(watch.identities) == 1


def test_memory_is_bounded_however_many_come_at_once() -> None:
    identities = Identities(2.0, 1800)
    image = picture()
    for track in range(3 * MOST):
        identities.update([(track, face(20 + 190 * (track % 5), 50 + track % 300))], image, track / 100)
    assert len(identities) <= MOST + 1
