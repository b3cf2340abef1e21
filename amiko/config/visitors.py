"""Visitors' rights: what is kept of them, and how often they are asked for ID in vain."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from amiko.config.section import Section


class CheckoutConfig(Section):
    """The age check at cameras whose role is checkout."""

    miss_rate: float = Field(
        0.05,
        ge=0.01,
        le=0.5,
        description="Share of the customers aged 13 to 17 who may go unasked; a smaller one has more adults asked.",
    )


class PrivacyConfig(Section):
    """What is kept of visitors, and for how long."""

    snapshots: Literal["off", "blurred", "clear"] = Field("blurred", description="The picture on a card.")
    snapshot_files: Literal["plain", "encrypted"] = Field(
        "plain", description="How pictures lie on the disk; encrypted needs a key."
    )
    key: SecretStr | None = Field(
        None,
        description="Key, or keys separated by commas, the newest first, of `amiko config key`; only from the "
        "environment: AMIKO_PRIVACY__KEY.",
    )
    snapshot_hours: float = Field(24, gt=0, le=24 * 365, description="Snapshots older than this are deleted (h).")
    visit_days: float = Field(365, ge=1, le=36500, description="Visits older than this are deleted (days).")
