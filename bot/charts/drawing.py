"""Draws a picture as a PNG; as a program, the one on its standard input."""

from __future__ import annotations

import os
import sys

from bot.charts.chart import Chart, Comparison
from bot.charts.page import HEADING, LEGEND, PALE, ROW, Page
from bot.charts.pair_drawing import draw_comparison
from bot.charts.routing_drawing import draw_routing
from bot.charts.routing_picture import RoutingPicture
from bot.charts.shop_drawing import draw_churn, draw_segment
from bot.charts.shop_pictures import PICTURE, ChurnPicture, Picture


def draw(picture: Picture) -> bytes:
    """The picture as a PNG of WIDTH × HEIGHT px."""
    if isinstance(picture, Chart):
        return _draw_visits(picture)
    if isinstance(picture, Comparison):
        return draw_comparison(picture)
    if isinstance(picture, RoutingPicture):
        return draw_routing(picture)
    return draw_churn(picture) if isinstance(picture, ChurnPicture) else draw_segment(picture)


def _draw_visits(chart: Chart) -> bytes:
    page = Page()
    page.line(chart.title, 20, bold=True)
    page.line(chart.subtitle, 15, colour=PALE)
    page.gap(0.1)
    page.line(chart.visits, 18, bold=True)
    page.shares(chart.outcomes)
    for line in filter(None, (chart.speed, chart.till)):
        page.line(line, 13, colour=PALE)
    page.gap(0.15)
    # What the departments leave is for the two panels of upright bars.
    others = 3 * HEADING + ROW * (len(chart.departments) + bool(chart.other_departments)) + 0.15 + LEGEND
    page.line(chart.times_title, 15, bold=True)
    page.columns(chart.times, ("plain",), (page.left_over + HEADING - others) / 2)
    page.line(chart.departments_title, 15, bold=True)
    page.rows(chart.departments, chart.other_departments)
    page.gap(0.15)
    page.line(chart.people_title, 15, bold=True)
    page.legend(chart.genders)
    page.columns(chart.people, [gender.kind for gender in chart.genders], page.left_over)
    return page.png()


def main() -> None:
    """Draw the picture, JSON on standard input, to standard output."""
    if hasattr(os, "nice"):
        os.nice(5)  # cards go first
    picture = PICTURE.validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(draw(picture))


if __name__ == "__main__":
    main()
