"""How assistants and managers are told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from amiko.config.section import Section


class BotConfig(Section):
    """How assistants and managers are told."""

    offer: Literal["all", "turn"] = Field(
        "all", description="all: every waiting assistant at once; turn: one after the other, longest waiting first."
    )
    turn_seconds: float = Field(20, ge=1, le=3600, description="With turn: the next is asked after this (s).")
    escalate_after: float = Field(
        60, ge=1, le=86400, description="Managers get a visit that nobody has taken for so long (s)."
    )
    gone_after: float = Field(
        300, ge=1, le=86400, description="An open card is closed as missed so long after its visitor was last seen (s)."
    )
    remind_after: float = Field(
        900, ge=1, le=86400, description="Whoever took a visitor and never closed the card is reminded once (s)."
    )
    close_after: float = Field(
        1800, ge=1, le=172800, description="A visit taken so long ago and never closed ends as unknown (s)."
    )
    after_outcome: Literal["waiting", "busy"] = Field(
        "waiting", description="Status of an assistant who has closed a card."
    )
    max_age: float = Field(
        300, gt=0, description="A visit older than this when it could be told is only told of in a summary (s)."
    )
    invite_hours: float = Field(24, gt=0, le=24 * 30, description="An invitation ends after this (h).")
    camera_silent: float = Field(
        60, ge=5, le=86400, description="Managers are told of a camera without a frame for so long (s)."
    )

    @model_validator(mode="after")
    def _in_order(self) -> BotConfig:
        if self.close_after <= self.remind_after:
            raise ValueError("close_after must be longer than remind_after")
        return self
