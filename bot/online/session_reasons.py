"""What speaks for the gender behind a session, in the listener's language.

`customers.sessions` says it in English; each of its sentences has its own here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.texts import Speech

_Say = Callable[[Speech, tuple[str, ...]], str]

_SENTENCES: tuple[tuple[str, _Say], ...] = (
    ("the length of the session", lambda t, _: t.plain("the length of the session")),
    ("the number of views", lambda t, _: t.plain("the number of views")),
    ("how often the visitor came before", lambda t, _: t.plain("how often the visitor came before")),
    (
        r"came between (\S+) and (\S+)",
        lambda t, told: t.plain("came between {start} and {end}", start=told[0], end=told[1]),
    ),
    ("came on a (.+day)", lambda t, told: _weekday(told[0], t)),
    ("looked at the product (.+)", lambda t, told: t.plain("looked at the product {category}", category=told[0])),
    ("looked before at the product (.+)", lambda t, told: t.plain("earlier: the product {category}", category=told[0])),
    ("looked at (.+)", lambda t, told: t.plain("looked at {category}", category=told[0])),
    ("looked before at (.+)", lambda t, told: t.plain("earlier: {category}", category=told[0])),
    ("began with (.+)", lambda t, told: t.plain("began with {category}", category=told[0])),
    ("began before with (.+)", lambda t, told: t.plain("earlier: began with {category}", category=told[0])),
    ("ended with (.+)", lambda t, told: t.plain("ended with {category}", category=told[0])),
    ("ended before with (.+)", lambda t, told: t.plain("earlier: ended with {category}", category=told[0])),
    (
        "went from (.+) to (.+)",
        lambda t, told: t.plain("went from {category} to {next}", category=told[0], next=told[1]),
    ),
    (
        "went before from (.+) to (.+)",
        lambda t, told: t.plain("earlier: went from {category} to {next}", category=told[0], next=told[1]),
    ),
    (
        r"(\d+) earlier sessions of the same visitor",
        lambda t, told: t.count(
            "{number} earlier session of the visitor", "{number} earlier sessions of the visitor", int(told[0])
        ),
    ),
    (
        "an earlier session of the same visitor",
        lambda t, _: t.count("{number} earlier session of the visitor", "{number} earlier sessions of the visitor", 1),
    ),
)


def reason_words(reason: str, t: Speech) -> str:
    """A reason as plain text; as it is where it has no sentence here."""
    for pattern, say in _SENTENCES:
        if match := re.fullmatch(pattern, reason):
            return say(t, match.groups())
    return reason


def _weekday(english: str, t: Speech) -> str:
    return {
        "Monday": t.plain("came on a Monday"),
        "Tuesday": t.plain("came on a Tuesday"),
        "Wednesday": t.plain("came on a Wednesday"),
        "Thursday": t.plain("came on a Thursday"),
        "Friday": t.plain("came on a Friday"),
        "Saturday": t.plain("came on a Saturday"),
        "Sunday": t.plain("came on a Sunday"),
    }.get(english, english)
