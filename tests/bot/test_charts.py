"""The picture: readable on a telephone whatever the figures and the names are."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image
from telegram.constants import MessageLimit

from amiko.config import Config, Language
from bot.charts.caption import caption
from bot.charts.chart import Chart
from bot.charts.content import chart
from bot.charts.drawing import draw
from bot.charts.page import HEIGHT, WIDTH
from bot.periods import read
from bot.shop import Shop
from bot.simulator.entities import from_html, utf16_length
from bot.texts import speech
from db.engine import Database
from db.figures import Figures

TODAY = date(2026, 5, 4)
BANDS = ("0-12", "13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+", None)


def content(
    visits: int,
    *,
    departments: int = 6,
    period: str = "today",
    language: Language = "ru",
    store: str = "Дом & сад",
    name: str = "Мелкая бытовая техника и электроника",
) -> Chart:
    """A chart of so many visits that are spread evenly over everything there is."""
    keys = [f"d{n}" for n in range(departments)]
    named = [{"key": key, "names": {"ru": f"{name} {n}", "en": f"{name} {n}"}} for n, key in enumerate(keys)]
    config = Config.model_validate({"store": {"name": store}, "routing": {"departments": named}})
    t, days = speech(language), read(period, TODAY, speech(language))
    slots = len(days.slots(ZoneInfo(config.store.timezone)))
    told = Figures(
        origin="camera",
        slots=tuple(Counter(n % slots for n in range(visits))[slot] for slot in range(slots)),
        departments=dict(Counter(keys[n % departments] for n in range(visits)).most_common()),
        people=dict(Counter((BANDS[n % 9], ("female", "male", "unknown")[n % 3]) for n in range(visits))),
        states=dict(
            Counter(("served", "left", "missed", "unknown", "offered", "recorded")[n % 6] for n in range(visits))
        ),
        median_seconds=12.0,
        p90_seconds=3725.0,
        at_till=12_345,
        to_ask=1_234,
    )
    return chart(told, days, Shop(config, Database("sqlite+aiosqlite:///unused.db")), t, TODAY)


def drawn(**changes: Any) -> np.ndarray:
    picture = Image.open(io.BytesIO(draw(content(**changes))))
    assert picture.size == (WIDTH, HEIGHT) == (1080, 1350)
    return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("period", ["today", "2026-05-03..2026-05-04", "7d", "30d", "2025-05-04..2026-05-04"])
@pytest.mark.parametrize(("visits", "departments"), [(1, 1), (3000, 40)])
def test_nothing_is_blank_and_nothing_runs_over_the_edge(language, period, visits, departments) -> None:
    picture = drawn(visits=visits, departments=departments, period=period, language=language)
    assert 0.02 < (picture != 255).any(axis=2).mean() < 0.5
    edges = [picture[:8], picture[-8:], picture[:, :8], picture[:, -8:]]
    assert all((edge == 255).all() for edge in edges)


def test_one_visit_more_is_seen() -> None:
    assert (drawn(visits=12) != drawn(visits=13)).any()


@pytest.mark.parametrize(
    "name", ["$x^2$ and $", "🎉🎉🎉", "\\frac{", "عطور", "香水", "<b>&", "line\nbreak\ttab", "Ж" * 300]
)
def test_a_name_of_any_signs_is_drawn(name, recwarn) -> None:
    drawn(visits=5, store=name, name=name)
    assert not [warning for warning in recwarn if "missing from" in str(warning.message)]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", ["Отдел " * 30, "<&>" * 60, "🎉" * 90])
def test_the_caption_is_never_too_long_for_telegram(language, name) -> None:
    words = caption(content(30_000, departments=40, language=language, store=name, name=name), speech(language))
    assert utf16_length(from_html(words).text) <= MessageLimit.CAPTION_LENGTH


def test_a_caption_names_the_departments_that_have_room_and_counts_the_others() -> None:
    lines = from_html(caption(content(40, departments=40, name="D"), speech("ru"))).text.splitlines()
    assert "D 0: 1" in lines
    assert "ещё 34 отдела: 34" in lines


def test_empty_hours_outside_the_usual_ones_are_left_out() -> None:
    assert [bar.name for bar in content(1).times][:2] == ["00:00", "01:00"]  # somebody came at midnight
    assert [bar.name for bar in content(1).times][-1] == "20:00"
