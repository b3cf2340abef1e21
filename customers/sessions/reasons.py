"""What speaks for an answer, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from customers.sessions.terms import LOG_PAST, LOG_SECONDS, LOG_VIEWS

MOST = 3
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LEAST = 0.02
"""A term that moves the logit by less is no reason."""


def in_words(
    contributions: Mapping[str, float], alone: Mapping[str, float], answer: Literal["male", "female"], past: int
) -> tuple[str, ...]:
    """The strongest terms that speak for an answer, at most three.

    Args:
        contributions: what each term adds to logit P(male).
        alone: the terms of the session itself; others are of its past.
        answer: what the terms shall speak for.
        past: how many earlier sessions count.
    """
    sign = 1 if answer == "male" else -1
    strongest = sorted(contributions, key=lambda term: (-sign * contributions[term], term))
    told = [_told(term, term in alone) for term in strongest[:MOST] if sign * contributions[term] > _LEAST]
    if past:
        told.append(
            f"{past} earlier sessions of the same visitor" if past > 1 else "an earlier session of the same visitor"
        )
    return tuple(told)


def _told(term: str, now: bool) -> str:
    """A term as a person reads it."""
    if term == LOG_SECONDS:
        return "the length of the session"
    if term == LOG_VIEWS:
        return "the number of views"
    if term == LOG_PAST:
        return "how often the visitor came before"
    kind, _, what = term.partition(":")
    if kind == "hour":
        return f"came between {int(what):02d}:00 and {(int(what) + 1) % 24:02d}:00"
    if kind == "weekday":
        return f"came on a {_WEEKDAYS[int(what)]}"
    looked = "looked at" if now else "looked before at"
    if kind == "d":
        return f"{looked} the product {what}"
    if kind == "first":
        return f"began with {what}" if now else f"began before with {what}"
    if kind == "last":
        return f"ended with {what}" if now else f"ended before with {what}"
    if kind == "step":
        one, _, next_ = what.partition(">")
        return f"went from {one} to {next_}" if now else f"went before from {one} to {next_}"
    return f"{looked} {what}"
