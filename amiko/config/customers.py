"""The online shop: how its customers and sessions are worked on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from amiko.config.section import Fraction, Language, Section
from amiko.config.segments import OfferConfig, SegmentConfig, both_languages, check_offers
from amiko.segments import DEFAULT_OFFER, DEFAULT_OFFERS, DEFAULT_SEGMENTS
from customers.segments.programme import Programme


class CustomersConfig(Section):
    """How the online shop's customers and sessions are worked on."""

    engine: Literal["duckdb", "spark"] = Field(
        "duckdb", description="What computes the features of sessions: DuckDB within Amiko, or PySpark for big logs."
    )
    models: Path | None = Field(
        None, description="Folder of trained models; without one, models beside the SQLite database."
    )
    at_risk: Fraction = Field(0.5, description="Customers as likely as this to buy less, or likelier, are at risk.")
    segments: tuple[SegmentConfig, ...] = Field(
        default_factory=lambda: tuple(SegmentConfig.model_validate(one) for one in DEFAULT_SEGMENTS), max_length=50
    )
    offers: tuple[OfferConfig, ...] = Field(
        default_factory=lambda: tuple(OfferConfig.model_validate(one) for one in DEFAULT_OFFERS),
        description="From top to bottom; the first that fits a customer of a segment is theirs.",
    )
    default_offer: dict[Language, str] = Field(
        default_factory=lambda: DEFAULT_OFFER.copy(),
        description="For customers of a segment whom no offer fits.",
    )

    @field_validator("segments")
    @classmethod
    def _each_once(cls, segments: tuple[SegmentConfig, ...]) -> tuple[SegmentConfig, ...]:
        keys = [segment.key for segment in segments]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"the key {', '.join(sorted(twice))} stands twice")
        return segments

    @field_validator("default_offer")
    @classmethod
    def _both_languages(cls, offer: dict[Language, str]) -> dict[Language, str]:
        return both_languages(offer)

    @model_validator(mode="after")
    def _every_offer_is_reached(self) -> CustomersConfig:
        check_offers(self.offers, {segment.key for segment in self.segments})
        return self

    def programme(self) -> Programme:
        """The segments and offers as the rest of Amiko takes them."""
        return Programme(
            segments=tuple(segment.as_segment() for segment in self.segments),
            rules=tuple(offer.as_rule() for offer in self.offers),
            default=dict(self.default_offer.items()),
        )
