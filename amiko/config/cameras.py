"""The cameras: what they look at, and what of it counts."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from amiko.config.section import WHOLE_FRAME, Point, Section

_LIKE_AN_ADDRESS = re.compile(r"(?i)(rtsps?|rtmps?|https?)\b[:/]|[^/@]*:[^@]*@")
"""A scheme that is not written out, or a name and a password before an @."""


class Camera(Section):
    """One camera."""

    name: str = Field(min_length=1, max_length=64, description="Shown on cards; unique.")
    role: Literal["entrance", "checkout"] = Field("entrance", description="What the camera looks at.")
    url: str | int = Field(
        description="RTSP or HTTP address, USB index, a video file, or a folder of them; ${NAME} in it is replaced by "
        "the environment variable NAME when the camera is opened."
    )
    fps: float | None = Field(None, gt=0, le=60, description="Frames analysed per second; worker.fps without it.")
    rotation: Literal[0, 90, 180, 270] = Field(0, description="Degrees, clockwise, by which its frames are turned.")
    zone: tuple[Point, ...] = Field(
        WHOLE_FRAME,
        description="Entrance zone: at least three corners [x, y] as fractions of the turned frame's width and height.",
    )
    entry: Literal["seen", "approach", "line"] = Field(
        "seen", description="Who has come in: a face in the zone, one that also comes nearer, or who crosses the line."
    )
    line: tuple[Point, Point] | None = Field(
        None,
        description="With entry: line, two points [x, y] like the zone's corners; who crosses it from left to right, "
        "as seen from the first point towards the second, has come in.",
    )
    masks: tuple[tuple[Point, ...], ...] = Field(
        (), description="Parts of the turned frame, given like the zone, that are blacked out before anything sees it."
    )

    @field_validator("url")
    @classmethod
    def _a_source(cls, url: str | int) -> str | int:
        if url == "" or (isinstance(url, int) and url < 0):
            raise ValueError("must be an address, a USB index from 0, a video file, or a folder of video files")
        if isinstance(url, str) and "://" not in url and _LIKE_AN_ADDRESS.match(url):
            # Taken for a file, it would be told with its password in every sentence about that file.
            raise ValueError("an address begins with rtsp:// or http://, or as the camera's maker says")
        if isinstance(url, str) and "${" in re.sub(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", "", url):
            raise ValueError("an environment variable is written as ${NAME}, of letters, digits and _")
        return url

    @field_validator("zone")
    @classmethod
    def _a_polygon(cls, zone: tuple[Point, ...]) -> tuple[Point, ...]:
        return _polygon(zone, "the zone" if len(zone) >= 3 else "a zone")

    @model_validator(mode="after")
    def _a_line_where_needed(self) -> Camera:
        if self.entry == "line" and self.line is None:
            raise ValueError(
                f"camera {self.name}: entry: line needs a line, for example line: [[0.0, 0.6], [1.0, 0.6]], which is "
                "crossed downwards"
            )
        if self.entry != "line" and self.line is not None:
            raise ValueError(f"camera {self.name}: a line is only used with entry: line; add that, or remove the line")
        if self.line is not None and self.line[0] == self.line[1]:
            raise ValueError(f"camera {self.name}: the line's two points are the same; give it a length")
        return self

    @field_validator("masks")
    @classmethod
    def _polygons(cls, masks: tuple[tuple[Point, ...], ...]) -> tuple[tuple[Point, ...], ...]:
        return tuple(_polygon(mask, f"mask {number}") for number, mask in enumerate(masks, 1))


def _polygon(corners: tuple[Point, ...], what: str) -> tuple[Point, ...]:
    """The corners, where they enclose something; `what` stands in the sentence that says what is wrong."""
    if len(corners) < 3:
        raise ValueError(f"{what} needs at least three corners, this one has {len(corners)}")
    sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
    area = sum(p[0] * q[1] - q[0] * p[1] for p, q in sides) / 2
    if any(_crosses(*a, *b) for i, a in enumerate(sides) for b in sides[i + 1 :]):
        raise ValueError(f"{what}'s sides cross each other: list its corners in order around the edge")
    if abs(area) < 1e-4:
        raise ValueError(f"{what} has no area: its corners lie on one line")
    return corners


def _crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the open segments a-b and c-d cross."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
