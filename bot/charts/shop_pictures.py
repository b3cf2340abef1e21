"""What stands in the pictures of the online shop: every word and number, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from bot.charts.chart import Bar, Chart, Comparison, Pair, Part
from bot.charts.routing_picture import RoutingPicture


@dataclass(frozen=True)
class ChurnPicture:
    """Who is likely to buy less, from top to bottom.

    Attributes:
        title, notes: the shop, and lines that must be known of the figures.
        headline, money: how many are at risk, and what a month may lose.
        spread_title, spread: customers by probability; each bar's parts are those below the threshold and those above.
        legend: what the two parts are.
        categories_title, categories: those at risk by the category that they buy most often, most first.
        reasons_title, reasons: those at risk by their strongest reason, most first.
    """

    title: str
    notes: tuple[str, ...]
    headline: str
    money: tuple[str, ...]
    spread_title: str
    spread: tuple[Bar, ...]
    legend: tuple[Part, ...]
    categories_title: str
    categories: tuple[Bar, ...]
    reasons_title: str
    reasons: tuple[Bar, ...]
    kind: Literal["churn"] = "churn"


@dataclass(frozen=True)
class Line:
    """One thing that sets a segment apart: what, in figures, and Cliff's delta with its interval, all from -1 to 1."""

    name: str
    told: str
    delta: float
    low: float
    high: float


@dataclass(frozen=True)
class SegmentPicture:
    """A segment beside the rest, from top to bottom.

    Attributes:
        title, notes: its name, and lines that must be known of the figures.
        headline, money: how many they are, and what a month may lose.
        legend: the segment and the rest.
        pairs: their figures side by side.
        lines_title, lines: what sets them apart, the strongest first; empty where nothing surely does.
        lower, higher: the two ends of the scale.
    """

    title: str
    notes: tuple[str, ...]
    headline: str
    money: tuple[str, ...]
    legend: tuple[Part, ...]
    pairs: tuple[Pair, ...]
    lines_title: str
    lines: tuple[Line, ...]
    lower: str
    higher: str
    kind: Literal["segment"] = "segment"


Picture = Chart | Comparison | ChurnPicture | SegmentPicture | RoutingPicture

PICTURE: TypeAdapter[Picture] = TypeAdapter(Picture)
"""A picture as JSON, for the process that draws it."""
