"""Draws how well departments are foreseen: weeks as columns, and what was wanted where which was named as squares."""

from __future__ import annotations

from matplotlib.colors import to_hex, to_rgb

from bot.charts.page import COLOURS, INK, MARGIN, PALE, WIDE, Page
from bot.charts.routing_picture import RoutingPicture

_ROW = 0.4  # of the squares (inches)
_NAMES = 2.6  # beside them (inches)
_WHITE = "#ffffff"
_DARK = 0.55  # share of a row from which a square's number is white


def draw_routing(picture: RoutingPicture) -> bytes:
    """The picture as a PNG of WIDTH × HEIGHT px."""
    page = Page()
    page.line(picture.title, 20, bold=True)
    for note in picture.notes:
        page.line(note, 13, colour=PALE)
    page.gap(0.12)
    page.line(picture.weeks_title, 15, bold=True)
    page.legend(picture.legend)
    below = 0.8 + _ROW * (len(picture.names) + 1)
    page.columns(picture.weeks, [part.kind for part in picture.legend], page.left_over - below)
    page.gap(0.15)
    page.line(picture.wanted_title, 15, bold=True)
    _squares(page, picture)
    return page.png()


def _squares(page: Page, picture: RoutingPicture) -> None:
    """A row for each department that was named, a column for each that was wanted; darker is a larger share."""
    width = (WIDE - _NAMES) / len(picture.names)
    for place in range(len(picture.names)):
        page.say(MARGIN + _NAMES + width * (place + 0.5), page.top - _ROW / 2, str(place + 1), 13, align="center")
    page.gap(_ROW)
    for place, (name, counts) in enumerate(zip(picture.names, picture.wanted, strict=True)):
        page.say(MARGIN, page.top - _ROW / 2, f"{place + 1} {name}", 13, width=_NAMES - 0.1)
        for column, count in enumerate(counts):
            share = count / max(1, sum(counts))
            x = MARGIN + _NAMES + width * column
            page.box(x + 0.02, page.top - _ROW + 0.02, width - 0.04, _ROW - 0.04, _shade(share))
            ink = _WHITE if share >= _DARK else INK
            page.say(
                x + width / 2, page.top - _ROW / 2, str(count), 13, bold=column == place, colour=ink, align="center"
            )
        page.gap(_ROW)


def _shade(share: float) -> str:
    """From white to the plain colour."""
    red, green, blue = (1 - share * (1 - part) for part in to_rgb(COLOURS["plain"]))
    return to_hex((red, green, blue))
