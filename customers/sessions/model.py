"""The model of a session's gender: two logistic regressions, for a session alone and for one with a past."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from customers.sessions.terms import LOG_PAST

Label = Literal["male", "female", "unknown"]
UNKNOWN_BAND = (0.4, 0.6)
"""A probability between these, as if both genders were as common, is no answer."""


@dataclass(frozen=True)
class Head:
    """A logistic regression over terms: logit P(male) = intercept + Σ value × weight."""

    weights: Mapping[str, float]
    intercept: float

    def logit(self, values: Mapping[str, float]) -> float:
        """Of one session; terms that training never saw count nothing."""
        weights = self.weights
        return self.intercept + sum(value * weights.get(term, 0.0) for term, value in values.items())

    def contributions(self, values: Mapping[str, float]) -> dict[str, float]:
        """What each term adds to the logit."""
        return {term: value * self.weights[term] for term, value in values.items() if term in self.weights}


@dataclass(frozen=True)
class GenderModel:
    """What training leaves.

    Attributes:
        alone: for a session without a past; takes `features`.
        with_past: for a session whose visitor came before; takes `features_with_past`.
        male_share: of the sessions it learnt from.
    """

    alone: Head
    with_past: Head
    male_share: float

    def head(self, values: Mapping[str, float]) -> Head:
        """The one that fits what is known."""
        return self.with_past if LOG_PAST in values else self.alone

    def p_male(self, values: Mapping[str, float]) -> float:
        """P(male) among sessions like those of the shop.

        Args:
            values: of `features_with_past`; those of a session without a past are the same as those of `features`.
        """
        return sigmoid(self.head(values).logit(values))

    def label(self, p_male: float) -> Label:
        """Male, female, or unknown where the evidence itself is thin."""
        evenly = as_if_even(p_male, self.male_share)
        if UNKNOWN_BAND[0] < evenly < UNKNOWN_BAND[1]:
            return "unknown"
        return self.likelier(p_male)

    def likelier(self, p_male: float) -> Literal["male", "female"]:
        """The gender that a session speaks for.

        More than three quarters of the sessions are women's. Whoever asks for P(male) > 1/2 nearly always hears
        "female"; asking for more than the share of men instead gives both the best chance (balanced accuracy).
        """
        return "male" if p_male > self.male_share else "female"

    def contents(self) -> dict[str, Any]:
        """As plain arrays and numbers, for a file."""
        return {"alone": _plain(self.alone), "with_past": _plain(self.with_past), "male_share": self.male_share}

    @staticmethod
    def of(contents: Mapping[str, Any]) -> GenderModel:
        """What `contents` gave."""
        return GenderModel(_head(contents["alone"]), _head(contents["with_past"]), float(contents["male_share"]))


def as_if_even(p_male: float, male_share: float) -> float:
    """P(male) were there as many sessions of men as of women (Bayes' theorem with another prior)."""
    male, female = p_male / male_share, (1 - p_male) / (1 - male_share)
    return male / (male + female) if math.isfinite(male + female) and male + female > 0 else 0.5


def sigmoid(logit: float) -> float:
    """The probability that has this logit."""
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


def _plain(head: Head) -> dict[str, Any]:
    return {
        "terms": np.array(list(head.weights), dtype=np.str_),
        "weights": np.array(list(head.weights.values()), dtype=np.float64),
        "intercept": head.intercept,
    }


def _head(contents: Mapping[str, Any]) -> Head:
    terms, weights = contents["terms"].tolist(), contents["weights"].tolist()
    return Head(dict(zip(terms, weights, strict=True)), float(contents["intercept"]))
