"""A sheet for a telephone held upright, filled from top to bottom with lines, bars and columns.

Only matplotlib's figures are used, never pyplot, which keeps every picture that it ever drew.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from bot.charts.chart import Bar, Part

WIDTH, HEIGHT = 1080, 1350
"""Of the picture (px)."""

_DPI = 150
_INCHES = (WIDTH / _DPI, HEIGHT / _DPI)
MARGIN = 0.4  # at the left and the right (inches)
WIDE = _INCHES[0] - 2 * MARGIN
_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
INK, PALE, LINE = "#1a1a1a", "#5f5f5f", "#dddddd"
# Okabe and Ito's colours, which people of every colour vision tell apart.
COLOURS = {
    "served": "#009E73",
    "left": "#E69F00",
    "missed": "#D55E00",
    "unknown": "#9a9a9a",
    "open": "#56B4E9",
    "recorded": "#cccccc",
    "female": "#E69F00",
    "male": "#0072B2",
    "plain": "#0072B2",
    "safe": "#56B4E9",
    "at_risk": "#D55E00",
    "first": "#0072B2",
    "second": "#E69F00",
    "segment": "#0072B2",
    "rest": "#9a9a9a",
}
_STEPS = (1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 56, 84)
ROW = 0.35  # of a department: its name and its bar (inches)
HEADING = 0.34  # of a panel (inches)
_TICKS = 0.32  # below upright bars (inches)
LEGEND = 0.27  # a line of it (inches)
_FEWEST = 5  # columns that a panel has room for, so that one alone is no wall

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its caches


class Page:
    """A sheet that is filled from top to bottom; heights in inches."""

    def __init__(self) -> None:
        self._figure = Figure(figsize=_INCHES, dpi=_DPI, facecolor="white")
        canvas: Any = FigureCanvasAgg(self._figure)
        self._renderer = canvas.get_renderer()
        self._sheet = self._figure.add_axes((0, 0, 1, 1), xlim=(0, _INCHES[0]), ylim=(0, _INCHES[1]))
        self._sheet.set_axis_off()
        self._top = _INCHES[1] - 0.12

    @property
    def left_over(self) -> float:
        """How much of the sheet is still free."""
        return self._top - 0.08

    @property
    def top(self) -> float:
        """How high the next thing begins, above the lower edge."""
        return self._top

    def gap(self, height: float) -> None:
        """Leave some room."""
        self._top -= height

    def line(self, text: str, size: float, *, bold: bool = False, colour: str = INK) -> None:
        """A line of text, cut where it is too long."""
        height = size * 1.62 / 72
        self.say(MARGIN, self._top - height / 2, text, size, bold=bold, colour=colour, width=WIDE)
        self._top -= height

    def shares(self, parts: Sequence[Part]) -> None:
        """A whole in its parts: one bar, and what they mean below it."""
        whole, x, height = sum(part.number for part in parts), MARGIN, 0.22
        for part in parts:
            width = WIDE * part.number / whole
            self.box(x, self._top - height, width, height, COLOURS[part.kind])
            x += width
        self._top -= height + 0.06
        self.legend(parts)

    def legend(self, parts: Sequence[Part]) -> None:
        """What the colours mean, and how many there are of each; on as many lines as it takes."""
        size, line, x = 13, LEGEND, MARGIN
        for part in parts:
            text = f"{part.label} {part.number}"
            width = 0.22 + self._width(text, size) + 0.22
            if x > MARGIN and x + width - 0.22 > MARGIN + WIDE:
                x, self._top = MARGIN, self._top - line
            self.box(x, self._top - line / 2 - 0.07, 0.14, 0.14, COLOURS[part.kind])
            self.say(x + 0.22, self._top - line / 2, text, size)
            x += width
        self._top -= line

    def rows(self, bars: Sequence[Bar], others: Bar | None) -> None:
        """Lying bars, each below its name, which may be long; the `others` together have no bar, only a number."""
        most, room = max(bar.total for bar in bars), 0.75
        for bar in [*bars, *([others] if others else [])]:
            self.say(MARGIN, self._top - 0.1, bar.name, 13, width=WIDE - room)
            length = 0 if bar is others else (WIDE - room) * bar.total / most
            self.box(MARGIN, self._top - ROW + 0.04, length, 0.1, COLOURS["plain"])
            self.say(MARGIN + WIDE, self._top - ROW / 2, str(bar.total), 14, bold=True, align="right")
            self._top -= ROW

    def columns(self, bars: Sequence[Bar], kinds: Sequence[str], height: float, *, beside: bool = False) -> None:
        """Upright bars of coloured parts with their names below, as many of those as there is room for.

        The parts stand on each other, or, with `beside`, next to each other.
        """
        left, bottom, width = MARGIN + 0.42, self._top - height + _TICKS, WIDE - 0.42
        axes = self._figure.add_axes(
            (left / _INCHES[0], bottom / _INCHES[1], width / _INCHES[0], (height - _TICKS - 0.06) / _INCHES[1])
        )
        edge = max(0.6, (_FEWEST - len(bars)) / 2)
        axes.set_xlim(-edge, len(bars) - 1 + edge)
        axes.set_ylim(0, max(max(bar.parts) if beside else bar.total for bar in bars) * 1.08)
        floor, broad = [0] * len(bars), 0.8 / len(kinds) if beside else 0.8
        for place, kind in enumerate(kinds):
            lengths = [bar.parts[place] for bar in bars]
            shift = broad * (place - (len(kinds) - 1) / 2) if beside else 0.0
            axes.bar([at + shift for at in range(len(bars))], lengths, broad, floor, color=COLOURS[kind], zorder=2)
            if not beside:
                floor = [low + length for low, length in zip(floor, lengths, strict=True)]
        self._scale(axes)
        apart = width / (len(bars) - 1 + 2 * edge)
        for place, bar in list(enumerate(bars))[:: self._step(bars, apart)]:
            x = left + apart * (place + edge)
            self.say(x, bottom - 0.14, bar.name, 13, align="center")
        self._top -= height

    def png(self) -> bytes:
        """The sheet."""
        picture = BytesIO()
        self._figure.savefig(picture, format="png")
        return picture.getvalue()

    def _step(self, bars: Sequence[Bar], apart: float) -> int:
        """Every how manyth bar has room for its name: steps that fit hours and weeks alike."""
        widths = [self._width(bar.name, 13) for bar in bars]
        for step in _STEPS:
            if all((left + right) / 2 + 0.06 <= apart * step for left, right in pairwise(widths[::step])):
                return step
        return len(bars)

    def _scale(self, axes: Axes) -> None:
        """Pale lines at a few whole numbers, and the numbers beside them."""
        axes.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
        axes.grid(axis="y", color=LINE, linewidth=1)
        axes.set_xticks([])
        axes.tick_params(axis="y", length=0, labelcolor=PALE, labelsize=13)
        for label in axes.get_yticklabels():
            label.set_fontproperties(_font(False, 13))
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(PALE)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled box by its lower left corner (inches)."""
        self._sheet.add_patch(Rectangle((x, y), width, height, color=colour, linewidth=0))

    def say(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
        width: float | None = None,
    ) -> None:
        """Text at a place, cut at `width`; a dollar sign is a dollar sign and begins no formula."""
        text = _drawable(text)
        if width is not None:
            text = self._cut(text, size, bold, width)
        self._sheet.text(
            x, y, text, color=colour, font=_font(bold, size), ha=align, va="center_baseline", parse_math=False
        )

    def _cut(self, text: str, size: float, bold: bool, width: float) -> str:
        if self._width(text, size, bold) <= width:
            return text
        while text and self._width(text + "…", size, bold) > width:
            text = text[:-1]
        return text.rstrip() + "…"

    def _width(self, text: str, size: float, bold: bool = False) -> float:
        """Of a text (inches)."""
        width, _, _ = self._renderer.get_text_width_height_descent(_drawable(text), _font(bold, size), ismath=False)
        return float(width) / _DPI


def _font(bold: bool, size: float) -> FontProperties:
    """The typeface that comes with matplotlib, whatever this machine has: it knows Cyrillic."""
    return FontProperties(fname=_typeface(bold), size=size)


def _typeface(bold: bool) -> Path:
    return _FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


@lru_cache
def _characters() -> frozenset[int]:
    return frozenset(get_font(str(_typeface(False))).get_charmap())


def _drawable(text: str) -> str:
    """A text on one line without the signs that the typeface lacks, emoji among them."""
    return " ".join("".join(sign for sign in text if ord(sign) in _characters() or sign.isspace()).split())
