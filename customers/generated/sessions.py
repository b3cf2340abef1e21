"""Sessions of visitors who never lived: a hierarchy of categories, tastes that go with gender, hours and weeks."""

from __future__ import annotations

import numpy as np
import pandas as pd

_BEGIN = np.datetime64("2024-11-04T00:00:00")
_DAYS = 35
_FEMALE = 0.75
_A, _B, _C, _D = 10, 60, 300, 6000
_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 9, 10, 9, 9, 9, 9, 9, 10, 12, 14, 14, 10, 5], float)
_MOST_VIEWS = 36
_LEFT_OPEN = 0.002


def generate_sessions(count: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sessions, and what was looked at in them.

    Each visitor has a gender and a favourite category that goes with it, and comes back now and then; women and men
    come at somewhat different hours. As in a real shop's log, ids follow the visitors, and a few sessions were left
    open for weeks.

    Args:
        count: of sessions.
        seed: of every random choice.

    Returns:
        Sessions: session_id, start_time, end_time (the shop's clock, without a zone), gender, visitor.
        Views: session_id, sequence_order (from 1), category_a … category_d.
    """
    draws = np.random.default_rng(seed)
    returns = 1 + np.floor(draws.pareto(1.5, count)).astype(int).clip(0, 200)
    visitor = np.repeat(np.arange(count), returns)[:count]
    female = (draws.random(count) < _FEMALE)[visitor]
    tastes = _Tastes(draws)
    favourite = tastes.categories(draws, female)[np.searchsorted(visitor, visitor)]  # as drawn for the first session

    start = _starts(draws, female)
    start = start[np.lexsort((start, visitor))]
    ids = np.char.add("u", (10_001 + np.arange(count)).astype(str))
    views_of = np.minimum(draws.geometric(0.42, count), _MOST_VIEWS)
    session = np.repeat(np.arange(count), views_of)
    seconds = np.ceil(views_of * draws.lognormal(3.3, 1.0, count))
    seconds[draws.random(count) < _LEFT_OPEN] = 15 * 86_400
    sessions = pd.DataFrame(
        {
            "session_id": ids,
            "start_time": start,
            "end_time": start + seconds.astype("timedelta64[s]"),
            "gender": np.where(female, "female", "male"),
            "visitor": np.char.add("v", np.char.zfill(visitor.astype(str), 5)),
        }
    )
    category = np.where(draws.random(len(session)) < 0.5, favourite[session], tastes.categories(draws, female[session]))
    within_b = np.minimum(draws.geometric(0.4, len(session)) - 1, _C // _B - 1)
    sub = category * (_C // _B) + within_b
    product = sub * (_D // _C) + np.minimum(draws.geometric(0.1, len(session)) - 1, _D // _C - 1)
    views = pd.DataFrame(
        {
            "session_id": ids[session],
            "sequence_order": np.arange(len(session)) - np.repeat(np.cumsum(views_of) - views_of, views_of) + 1,
            "category_a": _named("A", category // (_B // _A)),
            "category_b": _named("B", category),
            "category_c": _named("C", sub),
            "category_d": _named("D", product),
        }
    )
    return sessions, views


class _Tastes:
    """How often women and men look at each category of level b."""

    def __init__(self, draws: np.random.Generator) -> None:
        popularity = 1 / np.arange(2, _B + 2)
        leaning = draws.normal(0, 0.8, _B)
        shares = np.stack([popularity * np.exp(-leaning), popularity * np.exp(leaning)])
        self._cumulative = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)

    def categories(self, draws: np.random.Generator, female: np.ndarray) -> np.ndarray:
        """A category for each, from 0."""
        chance = draws.random(len(female)).clip(max=1 - 1e-9)
        women, men = (np.searchsorted(shares, chance, side="right") for shares in self._cumulative)
        return np.where(female, women, men).clip(max=_B - 1)


def _starts(draws: np.random.Generator, female: np.ndarray) -> np.ndarray:
    """When each session begins: men come two hours later."""
    hour = draws.choice(24, len(female), p=_HOURS / _HOURS.sum()) + np.where(female, 0, 2)
    second = draws.integers(0, _DAYS, len(female)) * 86_400 + hour % 24 * 3600 + draws.integers(0, 3600, len(female))
    return _BEGIN + second.astype("timedelta64[s]")


def _named(level: str, numbers: np.ndarray) -> np.ndarray:
    return np.char.add(level, np.char.zfill((numbers + 1).astype(str), 5))
