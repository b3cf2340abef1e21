"""The same as the picture, in words: for who cannot see it, and for a telephone's list of chats."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.charts.chart import Chart, Part
from bot.texts import Speech
from bot.words import short


def caption(chart: Chart, t: Speech) -> str:
    """At most 1024 characters of Telegram's HTML, however many departments there are."""
    busiest = max(chart.times, key=lambda bar: bar.total)
    departments = [*chart.departments, *([chart.other_departments] if chart.other_departments else [])]
    lines = [
        t("<b>{shop}</b>", shop=short(chart.title)),
        _plain(chart.subtitle),
        "",
        t("<b>{visitors}</b>: {outcomes}", visitors=chart.visits, outcomes=_parts(chart.outcomes)),
        *(_plain(line) for line in (chart.speed, chart.till) if line),
        t("Most came at {time}: {number}", time=busiest.name, number=busiest.total),
        "",
        *(_plain(f"{bar.name}: {bar.total}") for bar in departments),
        "",
        _plain(_parts(chart.genders)),
        _plain(", ".join(f"{bar.name}: {bar.total}" for bar in chart.people)),
    ]
    return "\n".join(lines)


def _parts(parts: Sequence[Part]) -> str:
    return ", ".join(f"{part.label} {part.number}" for part in parts)


def _plain(text: str) -> str:
    return escape(text, quote=False)
