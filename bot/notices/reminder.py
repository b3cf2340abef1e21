"""To whoever took a visitor and has not said how it ended: one reminder."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.notices.words import Words
from bot.shop import Shop
from bot.texts import Speech


def open_card(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """Which visitor that was. Payload: `camera`, and `first_seen`, an ISO instant."""
    return Words(
        t(
            "⏰ You took a visitor ({camera}, {time}) and have not said how it ended. "
            "Press a button on that card, please.",
            camera=payload["camera"],
            time=shop.clock(datetime.fromisoformat(payload["first_seen"])),
        )
    )
