"""A person in view: gathers their best looks, and says when enough was seen to decide."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amiko.config import WorkerConfig
from vision.face import Face
from vision.traits import Traits, fuse
from worker.quality import facing
from worker.snapshot import Portrait
from worker.still import Stillness

AGREED_AGE = 8.0
"""Standard deviation (years) of the single looks' expected ages below which they agree."""

AGREED_GENDER = 0.25
"""Standard deviation of the single looks' P(female) below which they agree."""

FEW = 3
"""Faces whose median width says how large somebody was at first, and is now."""

BETTER = 1.05
"""How many times better than the worst look kept a new one must be to take its place: it must be cut and read again."""

LEAST_WEIGHT = 1e-3
"""Weight of a look of no quality at all, so that a visitor seen only badly still has an (unsure) estimate."""


@dataclass(eq=False)
class Look:
    """One frame's view of a visitor: crops for the networks, and what they said once they were asked.

    Attributes:
        quality: 0 to 1.
        face: (size, size, 3) uint8 BGR, one of the two views that faces are read in.
        turn: whose turn it was in vision.crops.face_view, 0 or 1.
        body: cuts the (288, 200, 3) uint8 BGR crop.
        portrait: for the card, or None where none is wanted.
    """

    quality: float
    face: NDArray[np.uint8]
    turn: int
    body: Callable[[], NDArray[np.uint8]]
    portrait: Portrait | None
    traits: Traits | None = None


class Visitor:
    """One person's time in view, from the first face in the zone to the decision and the last.

    Attributes:
        number: of the person.
        first_seen, last_seen: when the face was first and last inside the zone (s).
        in_view_at: when it was last anywhere in the frame (s): who leaves the zone for a while is no new visitor.
        faces: frames in which it was inside the zone.
        clear: in how many searched frames in a row, up to the latest, it surely was a face that looked towards the
            camera; a frame in which it was not found, hidden by somebody, ends the row.
        crossed: whether they have crossed the camera's line.
        entered: whether they have come in by the camera's rule: before that, nothing is decided.
        decided: whether the decision was made.
        returned: whether it was made when they were in view before.
        face: as seen last inside the zone.
        quality: of the face seen last inside the zone before the decision.
    """

    def __init__(self, number: int, settings: WorkerConfig, at: float, stillness: Stillness | None = None) -> None:
        self.number = number
        self.first_seen = at
        self.last_seen = at
        self.in_view_at = at
        self.faces = 0
        self.clear = 0
        self.crossed = False
        self.entered = False
        self.decided = False
        self.returned = False
        self.face: Face | None = None
        self.quality = 0.0
        self._settings = settings
        self._stillness = stillness or Stillness()
        self._first_widths: list[float] = []
        self._last_widths: deque[float] = deque(maxlen=FEW)
        self._looks: list[Look] = []
        self._first_good: float | None = None
        self._good = 0
        self._asked_at = 0

    def watch(self, image: NDArray[np.uint8], face: Face, at: float, *, sure: bool) -> None:
        """Take in how this face in a frame (BGR) behaves; `sure` where the detector is sure that it is one."""
        if self.entered:
            return
        clear = sure and facing(face)
        self.clear = self.clear + 1 if clear else 0
        if clear:
            self._stillness.see(image, face, at)
        self._last_widths.append(face.width)
        if len(self._first_widths) < FEW:
            self._first_widths.append(face.width)

    def miss(self) -> None:
        """Their face was not found in a frame that was searched."""
        if not self.entered:
            self.clear = 0

    @property
    def moved(self) -> bool:
        """Whether this face was seen to live: one on a poster never is."""
        return self._stillness.moved

    @property
    def grown(self) -> float:
        """How many times wider the face is than at first."""
        return float(np.median(self._last_widths) / np.median(self._first_widths)) if self._first_widths else 1.0

    def see(self, face: Face, at: float, quality: float, look: Callable[[], Look]) -> None:
        """Take in one face; `look` cuts the crops, and is called only where they would be kept."""
        self._stay(face, at)
        self.quality = quality
        if quality >= self._settings.min_quality:
            self._good += 1
            self._first_good = at if self._first_good is None else self._first_good
        if self.decided:
            return
        if len(self._looks) < self._settings.best_faces:
            self._looks.append(look())
        elif quality > BETTER * min(kept.quality for kept in self._looks):
            self._looks.remove(min(self._looks, key=lambda kept: kept.quality))
            self._looks.append(look())

    def follow(self, image: NDArray[np.uint8], face: Face, at: float) -> None:
        """Take in where their face has gone to in a frame (BGR) that was not searched."""
        if self.clear and not self.entered:
            self._stillness.see(image, face, at)
        self._stay(face, at)

    def due(self, at: float) -> bool:
        """Whether the networks should be asked now: new good faces have come, or time is up."""
        if not self.entered or self.decided or self._good < 1:
            return False
        return self.overdue(at) or (self._good >= self._settings.good_faces and self._good > self._asked_at)

    def overdue(self, at: float) -> bool:
        """Whether the decision can wait no longer."""
        return self._first_good is not None and at - self._first_good >= self._settings.decide_within

    def take_unread(self) -> list[Look]:
        """Looks that the networks have not seen yet, and are now to be shown; until a new good face, none is due."""
        self._asked_at = self._good
        return [look for look in self._looks if look.traits is None]

    @property
    def settled(self) -> bool:
        """Whether enough good looks, all read, agree on age and gender."""
        read = [look.traits for look in self._good_looks if look.traits is not None]
        if len(read) < self._settings.good_faces:
            return False
        ages, genders = [t.age_mean for t in read], [t.p_female for t in read]
        return float(np.std(ages)) <= AGREED_AGE and float(np.std(genders)) <= AGREED_GENDER

    @property
    def turn(self) -> int:
        """Whose turn the next look is in vision.crops.face_view: of the view that fewer of those kept are in."""
        return int(2 * sum(look.turn for look in self._looks) < len(self._looks))

    @property
    def looks(self) -> tuple[Look, ...]:
        """Those kept, the best first; none after the decision."""
        return tuple(sorted(self._looks, key=lambda look: -look.quality))

    @property
    def good_looks(self) -> int:
        """Kept looks of good quality."""
        return len(self._good_looks)

    def traits(self) -> Traits:
        """All looks' distributions, fused by quality; of the good ones alone where there are any."""
        looks = [look for look in self._good_looks or self._looks if look.traits is not None]
        return fuse(
            [look.traits for look in looks if look.traits is not None],
            [max(look.quality, LEAST_WEIGHT) for look in looks],
        )

    def known(self, faces: int) -> None:
        """This is somebody who has come back: they had their visit, with so many faces."""
        self.entered = self.decided = self.returned = True
        self.faces = faces

    def decide(self) -> None:
        """The decision was made: let go of every picture."""
        self.decided = True
        self._looks.clear()

    def _stay(self, face: Face, at: float) -> None:
        self.faces += 1
        self.last_seen = self.in_view_at = at
        self.face = face

    @property
    def _good_looks(self) -> list[Look]:
        return [look for look in self._looks if look.quality >= self._settings.min_quality]
