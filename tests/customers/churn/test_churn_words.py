"""Reasons in words: every key in both languages, the right direction, and numbers as people write them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from customers.churn.features import REASONS
from customers.churn.words import CATEGORIES, WORDINGS, reason_words
from db.shop_models import CATEGORIES as KEYS


@pytest.mark.parametrize("language", ["ru", "en"])
def test_everything_that_can_be_a_reason_has_words(language) -> None:
    assert set(WORDINGS[language]) == set(REASONS)
    assert set(CATEGORIES[language]) == set(KEYS)


def test_a_change_is_told_with_what_was_before() -> None:
    fell = {"reason": "minutes", "effect": 0.2, "value": 10.0, "before": 12.0}
    assert reason_words(fell, "en") == "visits fell: 10 minutes this month, 12 the month before"
    assert reason_words(fell, "ru") == "визиты сократились: 10 мин. в этом месяце, 12 в прошлом"


def test_a_level_is_told_with_what_is_usual() -> None:
    promo = {"reason": "promo_share", "effect": 0.2, "value": 0.75, "usual": 0.24}
    assert reason_words(promo, "en") == "high promo share: 75 % of purchases, usually 24 %"
    assert reason_words({**promo, "value": 0.1}, "ru") == "низкая доля акций: 10 % покупок, обычно 24 %"


def test_what_is_the_same_is_called_neither_high_nor_low() -> None:
    steady = {"reason": "revenue", "effect": 0.1, "value": 4990.0, "usual": 5000.0}
    assert reason_words(steady, "en") == "usual purchases: 4,990 a month, usually 5,000"


def test_what_is_no_number_is_told_too() -> None:
    assert reason_words({"reason": "service", "effect": 0.1, "value": 1.0, "usual": 0.0}, "en") == "premium service"
    assert (
        reason_words({"reason": "may_notify", "effect": 0.1, "value": 0.0, "usual": 1.0}, "ru")
        == "сообщения не разрешены"
    )
    assert (
        reason_words({"reason": "favourite_category", "effect": 0.1, "value": "kids"}, "en")
        == "mostly buys goods for children"
    )


def test_a_reason_of_a_newer_version_is_told_by_its_key() -> None:
    assert reason_words({"reason": "weather", "effect": 0.1, "value": 3}, "en") == "weather"


def test_telling_reasons_loads_no_library_for_learning() -> None:
    heavy = "import sys, bot.retraining, customers.churn.words; print({'sklearn', 'shap', 'pandas'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
