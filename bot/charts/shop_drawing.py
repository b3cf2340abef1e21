"""Draws the online shop's pictures: who is likely to buy less, and a segment beside the rest."""

from __future__ import annotations

from bot.charts.page import COLOURS, HEADING, INK, LEGEND, LINE, MARGIN, PALE, ROW, WIDE, Page
from bot.charts.pair_drawing import draw_pair
from bot.charts.shop_pictures import ChurnPicture, SegmentPicture
from bot.charts.shop_pictures import Line as Apart

_APART = 0.52  # a line of what sets a segment apart (inches)


def draw_churn(picture: ChurnPicture) -> bytes:
    """The picture as a PNG of WIDTH × HEIGHT px."""
    page = _begun(picture)
    page.gap(0.12)
    rows = len(picture.categories) + len(picture.reasons)
    below = 2 * HEADING + ROW * rows + 0.15 if rows else 0.0
    page.line(picture.spread_title, 15, bold=True)
    page.legend(picture.legend)
    page.columns(picture.spread, [part.kind for part in picture.legend], page.left_over - below)
    for title, bars in (
        (picture.categories_title, picture.categories),
        (picture.reasons_title, picture.reasons),
    ):
        if bars:
            page.line(title, 15, bold=True)
            page.rows(bars, None)
            page.gap(0.08)
    return page.png()


def draw_segment(picture: SegmentPicture) -> bytes:
    """The picture as a PNG of WIDTH × HEIGHT px."""
    page = _begun(picture)
    page.gap(0.12)
    page.legend(picture.legend)
    for pair in picture.pairs:
        draw_pair(page, pair, [part.kind for part in picture.legend])
    page.gap(0.1)
    page.line(picture.lines_title, 15, bold=True)
    if picture.lines:
        _scale(page, picture)
        for line in picture.lines:
            _apart(page, line)
    return page.png()


def _begun(picture: ChurnPicture | SegmentPicture) -> Page:
    page = Page()
    page.line(picture.title, 20, bold=True)
    for note in picture.notes:
        page.line(note, 13, colour=PALE)
    page.gap(0.08)
    page.line(picture.headline, 17, bold=True)
    for money in picture.money:
        page.line(money, 14)
    return page


def _scale(page: Page, picture: SegmentPicture) -> None:
    """The two ends of the scale, and which way is which."""
    page.say(MARGIN, page.top - 0.13, picture.lower, 12, colour=PALE)
    page.say(MARGIN + WIDE, page.top - 0.13, picture.higher, 12, colour=PALE, align="right")
    page.gap(LEGEND)


def _apart(page: Page, line: Apart) -> None:
    """The name and the figures, and below them the difference as a point within its interval, from -1 to 1."""

    def x(delta: float) -> float:
        return MARGIN + WIDE * (delta + 1) / 2

    page.say(MARGIN, page.top - 0.13, line.name, 13, width=WIDE * 0.62)
    page.say(MARGIN + WIDE, page.top - 0.13, line.told, 13, align="right", width=WIDE * 0.38)
    y = page.top - 0.36
    page.box(MARGIN, y - 0.005, WIDE, 0.01, LINE)
    page.box(x(0) - 0.008, y - 0.1, 0.016, 0.2, PALE)
    page.box(x(line.low), y - 0.025, x(line.high) - x(line.low), 0.05, COLOURS["open"])
    page.box(x(line.delta) - 0.05, y - 0.07, 0.1, 0.14, INK)
    page.gap(_APART)
