"""Draws two of anything side by side: a pair of figures, and two shops in one picture."""

from __future__ import annotations

from collections.abc import Sequence

from bot.charts.chart import Comparison, Pair
from bot.charts.page import COLOURS, HEADING, MARGIN, PALE, WIDE, Page

_PAIR = 0.8  # a name and two bars (inches)
_ROOM = 1.6  # for the figure beside a bar (inches)


def draw_pair(page: Page, pair: Pair, kinds: Sequence[str], most: float = 0.0) -> None:
    """A name, and below it one bar for each of the two, with its figure.

    Args:
        kinds: their colours.
        most: what a bar of the whole width stands for; the larger of the two where that is more.
    """
    longest = max(pair.inside, pair.outside, most, 1e-12)
    page.say(MARGIN, page.top - 0.12, pair.name, 13, width=WIDE)
    for place, (value, told) in enumerate(((pair.inside, pair.inside_told), (pair.outside, pair.outside_told))):
        y = page.top - 0.46 - 0.24 * place
        page.box(MARGIN, y, max(0.0, (WIDE - _ROOM) * value / longest), 0.19, COLOURS[kinds[place]])
        page.say(MARGIN + WIDE, y + 0.09, told, 14, bold=not place, align="right")
    page.gap(_PAIR)


def draw_comparison(picture: Comparison) -> bytes:
    """The picture as a PNG of WIDTH × HEIGHT px."""
    page, kinds = Page(), [shop.kind for shop in picture.shops]
    page.line(picture.title, 20, bold=True)
    page.line(picture.subtitle, 15, colour=PALE)
    page.gap(0.08)
    page.legend(picture.shops)
    page.gap(0.08)
    for pair in picture.pairs:
        draw_pair(page, pair, kinds)
    below = HEADING + _PAIR * len(picture.departments) + 0.1
    page.line(picture.times_title, 15, bold=True)
    page.columns(picture.times, kinds, page.left_over - below, beside=True)
    page.gap(0.1)
    page.line(picture.departments_title, 15, bold=True)
    most = max((max(pair.inside, pair.outside) for pair in picture.departments), default=0.0)
    for pair in picture.departments:
        draw_pair(page, pair, kinds, most)
    return page.png()
