"""What stands in the picture of how well departments are foreseen: every word and number, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.charts.chart import Bar, Part


@dataclass(frozen=True)
class RoutingPicture:
    """How often departments were foreseen, from top to bottom.

    Attributes:
        title, notes: the shop, and what answers there.
        weeks_title, weeks: for each week, in percent, how often the first department was right, and how much oftener
            one of the first two.
        legend: what these two are.
        wanted_title, wanted: of each department that was named first, how often which one was wanted, in the order of
            `names`.
        names: of the departments.
    """

    title: str
    notes: tuple[str, ...]
    weeks_title: str
    weeks: tuple[Bar, ...]
    legend: tuple[Part, ...]
    wanted_title: str
    wanted: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    kind: Literal["routing"] = "routing"
