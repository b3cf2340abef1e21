"""The kinds of models that the online shop has."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a model says."""

    CHURN = "churn"
    SESSION_GENDER = "session-gender"
