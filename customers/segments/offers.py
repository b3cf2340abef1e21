"""What to offer whom: rules for a segment, a category and a reason, from top to bottom; the first that fits wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ANY = "*"
"""Stands in a rule for every segment, category or reason."""


@dataclass(frozen=True)
class Rule:
    """An offer, and whom it is for.

    Attributes:
        segment, category, reason: keys, or ANY.
        texts: the offer by language.
    """

    segment: str
    category: str
    reason: str
    texts: Mapping[str, str]

    def fits(self, segment: str, category: str, reason: str | None) -> bool:
        """Whether the rule is for such a customer; one without a reason is only met by rules for any."""
        wanted = ((self.segment, segment), (self.category, category), (self.reason, reason))
        return all(mine in (ANY, theirs) for mine, theirs in wanted)

    def covers(self, other: Rule) -> bool:
        """Whether everybody whom the other rule is for is met by this one, so that the other is never reached."""
        return self.fits(other.segment, other.category, other.reason)


def strongest(reasons: Sequence[Mapping[str, Any]]) -> str | None:
    """The key of what speaks most for leaving, of the reasons that a score has; None where nothing does."""
    return next((str(reason["reason"]) for reason in reasons if reason["effect"] > 0), None)


def offered(
    rules: Sequence[Rule], default: Mapping[str, str], segment: str, category: str, reason: str | None
) -> Mapping[str, str]:
    """The offer, by language, for a customer of a segment with a favourite category and a strongest reason to leave."""
    return next((rule.texts for rule in rules if rule.fits(segment, category, reason)), default)
