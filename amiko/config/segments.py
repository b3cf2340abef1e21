"""The online shop's segments, and what is offered to whom in them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from pydantic import Field, field_validator

from amiko.config.section import Key, Language, Section
from customers.churn.words import WORDINGS
from customers.segments.columns import CATEGORY_NAMES
from customers.segments.expression import parse
from customers.segments.offers import ANY, Rule
from customers.segments.segment import Segment


class SegmentConfig(Section):
    """One segment: its names, and which customers belong to it."""

    key: Key = Field(description="What is written after /segment.")
    names: dict[Language, str]
    when: str = Field(description="A condition such as `churn >= 0.7 and profit >= median`; see docs/customers.md.")

    @field_validator("names")
    @classmethod
    def _both_languages(cls, names: dict[Language, str]) -> dict[Language, str]:
        return both_languages(names)

    @field_validator("when")
    @classmethod
    def _can_be_read(cls, when: str) -> str:
        parse(when)
        return when

    def as_segment(self) -> Segment:
        """As the rest of Amiko takes it."""
        return Segment(self.key, dict(self.names.items()), self.when, parse(self.when))


class OfferConfig(Section):
    """An offer, and which customers get it: those of a segment, with a favourite category, with a reason."""

    segment: str = Field(ANY, description="The key of a segment, or * for any.")
    category: str = Field(ANY, description="The key of a category, or * for any.")
    reason: str = Field(ANY, description="What speaks most for their leaving, or * for anything.")
    offer: dict[Language, str]

    @field_validator("offer")
    @classmethod
    def _both_languages(cls, offer: dict[Language, str]) -> dict[Language, str]:
        return both_languages(offer)

    def as_rule(self) -> Rule:
        """As the rest of Amiko takes it."""
        return Rule(self.segment, self.category, self.reason, dict(self.offer.items()))


def both_languages(texts: dict[Language, str]) -> dict[Language, str]:
    """Texts in each language.

    Raises:
        ValueError: one is missing or empty.
    """
    for language in ("ru", "en"):
        if not texts.get(language, "").strip():
            raise ValueError(f"the text in {language} is missing")
    return texts


def check_offers(offers: Iterable[OfferConfig], segments: Collection[str]) -> None:
    """See that every offer is for something that there is, and is not taken by one above it.

    Raises:
        ValueError: one is not; the message says which, counting from 0 as the names of other mistakes do.
    """
    above: list[Rule] = []
    for number, offer in enumerate(offers):
        for field, key, known in (
            ("segment", offer.segment, segments),
            ("category", offer.category, CATEGORY_NAMES),
            ("reason", offer.reason, WORDINGS["en"]),
        ):
            if key != ANY and key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}, and * for any"
                raise ValueError(f"offers.{number}.{field}: no {field} is called {key!r}; {hint}")
        rule = offer.as_rule()
        taken = next((place for place, other in enumerate(above) if other.covers(rule)), None)
        if taken is not None:
            raise ValueError(f"offers.{number} is never reached: offers.{taken} above it takes all of its customers")
        above.append(rule)
