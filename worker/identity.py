"""Who is who: joins the tracks of one person, by place and colours, and parts a track that has jumped to another.

A track knows only boxes. It breaks when a face turns away or somebody passes before it, and where two people cross it
may go on with the wrong one. What people wear (worker/likeness.py) tells most of these cases. It is no recognition: two
people in the same uniform who follow each other at one spot are one person here, and whoever changes coats is two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.face import Face
from worker.likeness import Colours, colours, likeness
from worker.still import Stillness
from worker.visit import Visit

# The figures of likeness below are from our clips (crowd, street, walking): looks of one person in successive frames
# have 0.87 or more nine times of ten, looks before and after a gap 0.65 to 0.95, and different people 0.17 to 0.88.
# On the labelled crowd, likenesses of 0.7, 0.75 and 0.8 across a gap make the same visits; no other footage of a crowd
# was there to try them on.

JUMPED = 0.6
"""Likeness below which a track has jumped to somebody else from one frame to the next; real jumps had 0.3 to 0.55."""

ALIKE = 0.75
"""Least likeness across a gap: of at most `lost_after`, where a face reappears about where it can have walked to, or
longer, where it reappears just where it was."""

LATER = 8.0
"""Longest such gap (s), for anybody: a look at the telephone, a neighbour in front."""

PACE = 3.0
"""Face widths per second that a person is thought to move by while unseen: two steps, as faces are 15 cm wide."""

NEAR = 1.0
"""Face widths that count as the same spot."""

STAND = 4.0
"""Face widths within which people who stay, behind a till for instance, shift about."""

RESIZED = 1.75
"""How many times larger or smaller a face may be after a gap."""

STAYED = 60.0
"""Who was in view for so long (s) in all is taken for staff, and remembered for `revisit` instead of seconds."""

UNSURE = 3
"""Looks during which a newcomer may still turn out to be somebody lost: the first one is often half hidden. It must be
fewer than worker.entry.STEADY, before which nobody has come in."""

NOBODY = (-1, 0.0)

MOST = 200
"""People remembered at most, of 2 KB each; whoever was unseen the longest is forgotten first."""


@dataclass(eq=False)
class Person:
    """Somebody seen by this camera.

    Attributes:
        number: of this person, from 0.
        since: when they were first seen (s).
        at: when they were last seen (s).
        stayed: how long they were in view, gaps left out (s).
        face: as seen last.
        colours: as remembered.
        visit: that was made of them, as known now; None before that.
        looks: frames they were seen in.
        stillness: whether they live, or hang on the wall.
    """

    number: int
    since: float
    at: float
    stayed: float
    face: Face
    colours: Colours
    visit: Visit | None = None
    looks: int = 0
    stillness: Stillness = field(default_factory=Stillness)


class Identities:
    """The people of one camera, from their first face until they are forgotten.

    Args:
        lost_after: longest gap (s) that a person may cross while walking on.
        revisit: for so long (s) after their first face people who stay are known again.
    """

    def __init__(self, lost_after: float, revisit: float) -> None:
        self._lost_after = lost_after
        self._revisit = revisit
        self._people: dict[int, Person] = {}
        self._by_track: dict[int, tuple[int, float]] = {}  # number, and when the track was last seen
        self._next = 0

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._people)

    def update(
        self, tracked: Sequence[tuple[int, Face]], image: NDArray[np.uint8], at: float
    ) -> list[tuple[int, Face]]:
        """The tracked faces of one frame (BGR), each with the number of its person instead of its track's."""
        self._forget(at)
        looks = [(track, face, colours(image, face)) for track, face in tracked]
        # Those who are where their track says come first, so that nobody in view is taken for somebody lost.
        found: dict[int, Person] = {}
        for track, _, look in looks:
            person = self._people.get(self._by_track.get(track, NOBODY)[0])
            if person is not None and likeness(person.colours, look) >= JUMPED:
                found[track] = person
        seen = {person.number for person in found.values()}
        for track, face, look in looks:
            if track in found and found[track].looks < UNSURE:
                returned = self._lost(face, look, at, seen)
                if returned is not None:
                    self._drop(found[track])
                    found[track] = returned
                    seen.add(returned.number)
            elif track not in found:
                person = self._lost(face, look, at, seen) or self._new(face, look, at)
                found[track] = person
                seen.add(person.number)
        for track, face, look in looks:
            self._saw(found[track], track, face, look, at)
        return [(found[track].number, face) for track, face, _ in looks]

    def follow(self, tracked: Sequence[tuple[int, Face]], at: float) -> list[tuple[int, Face]]:
        """As `update`, where faces were followed and not seen anew: nobody is met, and their colours stay as they were.

        Whose track has gone over to somebody else is told from them at the next look.
        """
        known = [(self._people.get(self._by_track.get(track, NOBODY)[0]), track, face) for track, face in tracked]
        there = [(person, track, face) for person, track, face in known if person is not None]
        for person, track, face in there:
            self._went(person, track, face, at)
        return [(person.number, face) for person, _, face in there]

    def person(self, number: int) -> Person:
        """Whoever has this number, and is in view."""
        return self._people[number]

    def tell(self, number: int, visit: Visit) -> None:
        """This is the visit of a person."""
        if number in self._people:
            self._people[number].visit = visit

    def _saw(self, person: Person, track: int, face: Face, look: Colours, at: float) -> None:
        self._went(person, track, face, at)
        person.looks += 1
        person.colours = person.colours.blended(look)

    def _went(self, person: Person, track: int, face: Face, at: float) -> None:
        if at - person.at <= self._lost_after:
            person.stayed += at - person.at
        self._by_track[track] = (person.number, at)
        person.face, person.at = face, at

    def _new(self, face: Face, look: Colours, at: float) -> Person:
        person = Person(self._next, at, at, 0.0, face, look)
        self._people[person.number] = person
        self._next += 1
        return person

    def _lost(self, face: Face, look: Colours, at: float, seen: set[int]) -> Person | None:
        """Whoever is unseen in this frame and is like this face, where and when they could be here."""
        candidates = [
            (likeness(person.colours, look), person)
            for person in self._people.values()
            if person.number not in seen and self._can_be(person, face, at)
        ]
        alike, person = max(candidates, key=lambda pair: pair[0], default=(0.0, None))
        return person if alike >= ALIKE else None

    def _can_be(self, person: Person, face: Face, at: float) -> bool:
        """Whether this person can have such a face there now, by its size and place."""
        if _resized(person.face, face) > RESIZED:
            return False
        gap, way = at - person.at, _distance(person.face, face)
        if gap <= self._lost_after and way <= NEAR + PACE * gap:
            return True
        if person.stayed >= STAYED and way <= STAND:
            return True
        return way <= NEAR and (gap <= LATER or person.stillness.picture)

    def _forget(self, at: float) -> None:
        """Let go of those who cannot be known again, and of tracks that the tracker has let go of."""
        limit = at - self._lost_after
        self._by_track = {track: seen for track, seen in self._by_track.items() if seen[1] >= limit}
        for person in list(self._people.values()):
            gap = at - person.at
            staff = person.stayed >= STAYED and at - person.since <= self._revisit
            picture = person.stillness.picture and gap <= self._revisit
            if gap > max(LATER, self._lost_after) and not staff and not picture:
                self._drop(person)
        for person in sorted(self._people.values(), key=lambda person: person.at)[: max(0, len(self._people) - MOST)]:
            self._drop(person)

    def _drop(self, person: Person) -> None:
        del self._people[person.number]


def _distance(one: Face, other: Face) -> float:
    """Between two faces' centres, in widths of the wider one."""
    (x, y), (u, v) = one.center, other.center
    return math.hypot(x - u, y - v) / max(one.width, other.width)


def _resized(one: Face, other: Face) -> float:
    return max(one.width, other.width) / max(1.0, min(one.width, other.width))
