"""The online shop's pictures: readable on a telephone whatever the figures and the names are."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.charts.chart import Bar, Pair, Part
from bot.charts.drawing import draw
from bot.charts.page import HEIGHT, WIDTH
from bot.charts.shop_pictures import PICTURE, ChurnPicture, Line, Picture, SegmentPicture

LONG = "Мелкая бытовая техника и электроника для всей семьи и дачи"
NOTE = "Синтетические данные: магазин сгенерирован, этих людей нет."


def churn_picture(**changes: Any) -> ChurnPicture:
    content: dict[str, Any] = {
        "title": "Дом & сад: отток",
        "notes": (NOTE, "Оценка от 08:38, ещё без оценки: 12"),
        "headline": "Под угрозой: 427 из 1 100 (39 %)",
        "money": ("Под угрозой в месяц: выручка 1 786 981, прибыль 1 413", "(вероятность × сколько приносит каждый)"),
        "spread_title": "Покупатели по вероятности, %",
        "spread": tuple(Bar(f"{10 * n}–{10 * n + 10}", (90 - 9 * n, 10 * n)) for n in range(10)),
        "legend": (Part("safe", "ниже 50 %", 673), Part("at_risk", "под угрозой", 427)),
        "categories_title": "Под угрозой, по любимой категории",
        "categories": tuple(Bar(LONG, (120 - n,)) for n in range(6)),
        "reasons_title": "Под угрозой, по главной причине",
        "reasons": tuple(Bar(LONG, (100 - n,)) for n in range(6)),
    }
    return ChurnPicture(**{**content, **changes})


def segment_picture(**changes: Any) -> SegmentPicture:
    content: dict[str, Any] = {
        "title": LONG,
        "notes": (NOTE, "Ещё без оценки: 12"),
        "headline": "172 покупателя, 16 % от всех",
        "money": ("Под угрозой в месяц: выручка 743 598, прибыль 715", "(вероятность × сколько приносит каждый)"),
        "legend": (Part("segment", "сегмент", 172), Part("rest", "остальные", 928)),
        "pairs": tuple(Pair(LONG, 0.9, 0.3, "123 456 789", "32 %") for _ in range(3)),
        "lines_title": "Чем отличаются сильнее всего",
        "lines": tuple(
            Line(LONG, "123 456, остальные 654 321", 0.9 - 0.3 * n, 0.5 - 0.3 * n, 1 - 0.3 * n) for n in range(6)
        ),
        "lower": "◀ меньше, чем у остальных",
        "higher": "больше, чем у остальных ▶",
    }
    return SegmentPicture(**{**content, **changes})


def drawn(picture: Picture) -> np.ndarray:
    image = Image.open(io.BytesIO(draw(picture)))
    assert image.size == (WIDTH, HEIGHT)
    return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize(
    "picture",
    [
        churn_picture(),
        churn_picture(categories=(), reasons=()),
        churn_picture(title="Ж" * 300, notes=(NOTE * 5, NOTE), headline="9" * 200, money=("1" * 200, "x")),
        segment_picture(),
        segment_picture(lines=()),
        segment_picture(pairs=tuple(Pair("x", 0.0, 0.0, "–", "–") for _ in range(3))),
        segment_picture(lines=(Line("x", "y", 1.0, -1.0, 1.0), Line("x", "y", -1.0, -1.0, -1.0))),
    ],
)
def test_nothing_is_blank_and_nothing_runs_over_the_edge(picture) -> None:
    pixels = drawn(picture)
    assert 0.02 < (pixels != 255).any(axis=2).mean() < 0.5
    edges = [pixels[:8], pixels[-8:], pixels[:, :8], pixels[:, -8:]]
    assert all((edge == 255).all() for edge in edges)


def test_an_interval_is_as_wide_as_it_is_long() -> None:
    def blue(low: float, high: float) -> int:
        pixels = drawn(segment_picture(lines=(Line("x", "y", low, low, high),), pairs=()))
        return int((pixels == (86, 180, 233)).all(axis=2).sum())

    assert blue(-0.5, 0.5) == pytest.approx(2 * blue(-0.25, 0.25), rel=0.1)


@pytest.mark.parametrize("picture", [churn_picture(), segment_picture()])
def test_the_process_that_draws_gets_what_was_meant(picture) -> None:
    assert PICTURE.validate_json(PICTURE.dump_json(picture)) == picture
