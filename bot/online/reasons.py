"""Why a customer may buy less, as lists of what speaks for it and against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.texts import Speech
from customers.churn.words import WORDINGS, reason_words

Reasons = Sequence[Mapping[str, Any]]

MOST_EXPLAINED = 3000
"""Of the likeliest to buy less; the churn model works out nobody else's reasons."""


def speaking_for(reasons: Reasons, t: Speech, most: int) -> list[str]:
    """What speaks for their buying less, as plain text, the weightiest first."""
    return [reason_words(reason, t.language) for reason in reasons if reason["effect"] > 0][:most]


def speaking_against(reasons: Reasons, t: Speech, most: int) -> list[str]:
    """What speaks against it."""
    return [reason_words(reason, t.language) for reason in reasons if reason["effect"] < 0][:most]


def thing(key: str, t: Speech) -> str:
    """What a reason is about."""
    wording = WORDINGS[t.language].get(key)
    return key if wording is None else wording.name
