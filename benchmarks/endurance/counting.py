"""Visits written against visits expected, where a film that plays by the clock says who is in view, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

EARLY, LATE = 2.0, 1.5
"""How much sooner or later (s) than in the film a visitor may be first seen: pictures travel, and a film that is joined
in the middle begins at its last key frame."""


@dataclass(frozen=True)
class Span:
    """A time (s), of any clock."""

    start: float
    end: float

    def meets(self, other: Span) -> bool:
        """Whether they overlap."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Count:
    """What came of one camera.

    Attributes:
        expected: visitors who came and went while nothing disturbed the camera.
        lost, doubled: when those of them came who made no visit, or more than one.
        nobody: when visits began that were nobody's.
        disturbed: visitors whom a fault touched.
    """

    expected: int
    lost: list[float]
    doubled: list[float]
    nobody: list[float]
    disturbed: int


def count(
    visitors: Sequence[Span], period: float, watched: Span, disturbed: Iterable[Span], first_seen: Iterable[float]
) -> Count:
    """Compare a camera's visits with its film.

    Args:
        visitors: when each is in view, in seconds of the film.
        period: of the film, which begins when the clock is a multiple of it.
        watched: from when to when visits count.
        disturbed: when the camera could not see, or hardly.
        first_seen: of each visit.
    """
    faults, seen = list(disturbed), list(first_seen)
    expected = touched = 0
    lost, doubled = [], []
    explained: set[float] = set()
    for cycle in range(int(watched.start // period), int(watched.end // period) + 1):
        for visitor in visitors:
            span = Span(cycle * period + visitor.start - EARLY, cycle * period + visitor.end + LATE)
            theirs = [at for at in seen if span.start <= at <= span.end]
            explained.update(theirs)
            if span.start < watched.start or span.end > watched.end:
                continue
            if any(span.meets(fault) for fault in faults):
                touched += 1
                continue
            expected += 1
            if not theirs:
                lost.append(span.start + EARLY)
            elif len(theirs) > 1:
                doubled.append(span.start + EARLY)
    nobody = [at for at in seen if watched.start <= at <= watched.end and at not in explained]
    return Count(expected, lost, doubled, nobody, touched)
