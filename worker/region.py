"""A part of a frame: left, top, right, bottom (px)."""

from __future__ import annotations

from collections.abc import Iterable

Region = tuple[float, float, float, float]


def around(regions: Iterable[Region]) -> Region | None:
    """The smallest one that holds all of these; None for none."""
    sides = list(zip(*regions, strict=True))
    return (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])) if sides else None


def widened(region: Region, x: float, y: float) -> Region:
    """With so much more (px) on the left and right, and at the top and bottom."""
    return (region[0] - x, region[1] - y, region[2] + x, region[3] + y)
