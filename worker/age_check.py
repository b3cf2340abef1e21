"""The age check at a till: how likely it is that a customer is under age, where that is likely enough to ask."""

from __future__ import annotations

from db.age_checks import Band
from vision.age_check import ADULT, threshold_for
from vision.traits import Traits

LIKELY = 0.5
"""P(age < 18) from which a customer is "likely" under age, and below which "possibly"."""


class AgeCheck:
    """Says of whom a document is to be asked for.

    Args:
        miss_rate: the share of those aged 13 to 17 who may go unasked.
    """

    def __init__(self, miss_rate: float) -> None:
        self._threshold = threshold_for(miss_rate)

    def band(self, traits: Traits) -> Band | None:
        """How likely this customer is under 18; None where a document need not be asked for."""
        p = float(traits.age[:ADULT].sum())
        if p < self._threshold:
            return None
        return "likely" if p >= LIKELY else "possible"
