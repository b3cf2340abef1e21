"""A shop's segments with its offers."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from customers.segments.offers import Rule, offered
from customers.segments.segment import Segment


@dataclass(frozen=True)
class Programme:
    """What a shop has decided: its segments and rules in their order, and the offer where no rule fits."""

    segments: tuple[Segment, ...]
    rules: tuple[Rule, ...]
    default: Mapping[str, str]

    def find(self, name: str) -> Segment | None:
        """A segment by its key or by its name in any language, whatever the case."""
        wanted = name.strip().casefold()
        for segment in self.segments:
            if wanted in {segment.key, *(one.casefold() for one in segment.names.values())}:
                return segment
        return None

    def near(self, name: str) -> str | None:
        """The key of a segment that may have been meant."""
        known = {
            one.casefold(): segment.key for segment in self.segments for one in (segment.key, *segment.names.values())
        }
        near = difflib.get_close_matches(name.strip().casefold(), known, n=1)
        return known[near[0]] if near else None

    def offer(self, segment: str, category: str, reason: str | None) -> Mapping[str, str]:
        """The offer, by language, for a customer of a segment; see `offered`."""
        return offered(self.rules, self.default, segment, category, reason)
