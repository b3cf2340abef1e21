"""The drawings of a report, as inline SVG: the timeline, the places in the frame, a distribution of ages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from worker.report.evidence import Decision, Evidence, Stretch, Track
from worker.report.markup import Html, join, tag
from worker.report.words import Words

LANE = 26
"""Height of one lane of the timeline (px)."""

AXIS = 26
"""Height of the timeline's scale (px)."""

PX_PER_SECOND = 9
"""Least width of a second in the timeline (px); a longer clip is scrolled."""

WIDEST = 24_000
"""A timeline is never wider (px), however long the clip."""

STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Distances (s) between the marks of the scale."""

HUES = 8
"""Colours that visitors take turns with; style.css has them."""


def hue(number: int) -> str:
    """The CSS class with a visitor's colour."""
    return f"hue{number % HUES}"


def timeline(evidence: Evidence, seconds: float, words: Words) -> Html:
    """A bar for each track, grey where it was outside the zone, with a mark where it was decided on."""
    length = max(seconds, 0.1)
    decisions = {decision.number: decision for decision in evidence.decisions.values()}
    lanes = _lanes(list(evidence.tracks.values()), length)
    height = AXIS + LANE * max(1, len(lanes))
    rows = [
        _track(track, decisions.get(track.number), AXIS + LANE * row, length, words)
        for row, lane in enumerate(lanes)
        for track in lane
    ]
    svg = tag(
        "svg", _scale(length, height, words), *rows, class_="timeline", height=height, role="img",
        aria_label=words("Timeline"), style=f"min-width:{min(WIDEST, max(280, round(length * PX_PER_SECOND)))}px",
    )  # fmt: skip
    return tag("div", svg, class_="scroll", tabindex=0)


def places(evidence: Evidence, words: Words) -> Html:
    """The frame with its zone and masks, and the way of each face through it."""
    width, height = evidence.size
    camera = evidence.camera
    parts = [tag("rect", class_="frame", width=width, height=height)]
    parts += [tag("polygon", class_="zone", points=_points(camera.zone, width, height))]
    parts += [tag("polygon", class_="mask", points=_points(mask, width, height)) for mask in camera.masks]
    if camera.line is not None:
        parts.append(_line(camera.line, width, height))
    visitors = {decision.number for decision in evidence.decisions.values()}
    for track in evidence.tracks.values():
        kind = f"path {hue(track.number)}" if track.number in visitors else "path outside"
        parts.append(tag("polyline", class_=kind, points=_points(track.path, width, height)))
        (x, y), size = track.path[-1], max(width, height) / 110
        parts.append(tag("circle", class_=kind.replace("path", "dot"), cx=x * width, cy=y * height, r=size))
    label = words("Where the faces were in the frame")
    return tag("svg", *parts, class_="places", viewBox=f"0 0 {width} {height}", role="img", aria_label=label)


def ages(distribution: NDArray[np.float64], low: int, high: int, mean: float, words: Words) -> Html:
    """P(age = year) as steps, the 80 % interval shaded, and a line at the expected age."""
    top = float(distribution.max())
    heights = 100 - 94 * distribution / top
    steps = " ".join(f"L{year} {height:.1f} L{year + 1} {height:.1f}" for year, height in enumerate(heights))
    years = len(distribution)
    inside = " ".join(f"L{y} {heights[y]:.1f} L{y + 1} {heights[y]:.1f}" for y in range(low, high + 1))
    svg = tag(
        "svg",
        tag("path", class_="rest", d=f"M0 100 {steps} L{years} 100 Z"),
        tag("path", class_="likely", d=f"M{low} 100 {inside} L{high + 1} 100 Z"),
        tag("line", class_="mean", x1=mean + 0.5, x2=mean + 0.5, y1=0, y2=100, vector_effect="non-scaling-stroke"),
        class_="ages", viewBox=f"0 0 {years} 100", preserveAspectRatio="none", role="img",
        aria_label=words("{mean} years, 80 % between {low} and {high}", mean=f"{mean:.0f}", low=low, high=high),
    )  # fmt: skip
    marks = [tag("span", str(year), style=f"left:{100 * (year + 0.5) / years:.2f}%") for year in range(0, years, 20)]
    return join(svg, tag("div", *marks, class_="years"))


def _line(line: Sequence[Sequence[float]], width: int, height: int) -> Html:
    """The line, with a stroke in its middle towards the side that visitors come in to."""
    (x1, y1), (x2, y2) = ((x * width, y * height) for x, y in line)
    x, y, reach = (x1 + x2) / 2, (y1 + y2) / 2, 0.08 * height / math.hypot(x2 - x1, y2 - y1)
    across = tag("line", x1=x, y1=y, x2=x - reach * (y2 - y1), y2=y + reach * (x2 - x1))
    return tag("g", tag("line", x1=x1, y1=y1, x2=x2, y2=y2), across, class_="line")


def _points(corners: Iterable[Sequence[float]], width: int, height: int) -> str:
    return " ".join(f"{x * width:.1f},{y * height:.1f}" for x, y in corners)


def _scale(length: float, height: int, words: Words) -> Html:
    step = next((step for step in STEPS if length / step <= 8), STEPS[-1])
    lines = []
    for mark in np.arange(0, length + 1e-6, step):
        x = _share(float(mark), length)
        lines.append(tag("line", class_="grid", x1=x, x2=x, y1=AXIS - 6, y2=height))
        anchor = "start" if mark == 0 else "end" if mark > 0.97 * length else "middle"
        lines.append(tag("text", words("{at} s", at=f"{mark:g}"), class_="tick", x=x, y=14, text_anchor=anchor))
    return join(*lines)


def _lanes(tracks: list[Track], length: float) -> list[list[Track]]:
    """Tracks that do not meet in time share a lane, with room between them for a number."""
    lanes: list[list[Track]] = []
    room = max(1.0, 0.04 * length)
    for track in sorted(tracks, key=lambda track: track.stretches[0].start):
        start = track.stretches[0].start
        free = next((lane for lane in lanes if lane[-1].stretches[-1].end + room < start), None)
        if free is None:
            lanes.append([track])
        else:
            free.append(track)
    return lanes


def _track(track: Track, decision: Decision | None, top: int, length: float, words: Words) -> Html:
    start, end = track.stretches[0].start, track.stretches[-1].end
    parts = [
        tag("title", _title(track, words)),
        tag(
            "line", class_="thread", x1=_share(start, length), x2=_share(end, length), y1=top + 13, y2=top + 13
        ),
        *(_bar(stretch, decision is not None, top, length) for stretch in track.stretches),
    ]  # fmt: skip
    if decision is not None:
        diamond = tag("path", d="M0-7L7 0L0 7L-7 0Z")
        x = _share(decision.visit.decided, length)
        parts.append(tag("svg", diamond, class_="mark", x=x, y=top + 13, overflow="visible"))
    # Behind the bar, where the mark, which stands early in it, cannot cover the number; inside at the clip's end.
    inside = end > 0.92 * length
    label = tag(
        "text", f"#{track.number}", class_="number", x=_share(end, length), dx=-6 if inside else 6, y=top + 17,
        text_anchor="end" if inside else "start",
    )  # fmt: skip
    parts.append(label)
    if decision is None:
        return tag("g", *parts, class_="track outside")
    return tag("a", *parts, class_=f"track {hue(track.number)}", href=f"#visitor-{track.number}")


def _title(track: Track, words: Words) -> str:
    start, end = track.stretches[0].start, track.stretches[-1].end
    return words("Track {number}, {start}–{end} s", number=track.number, start=f"{start:.1f}", end=f"{end:.1f}")


def _bar(stretch: Stretch, visitor: bool, top: int, length: float) -> Html:
    width = max(0.25, 100 * (stretch.end - stretch.start) / length)
    kind = "bar" if stretch.inside and visitor else "bar outside"
    return tag("rect", class_=kind, x=_share(stretch.start, length), width=f"{width:.2f}%", y=top + 4, height=18, rx=4)


def _share(at: float, length: float) -> str:
    return f"{100 * min(1.0, at / length):.2f}%"
