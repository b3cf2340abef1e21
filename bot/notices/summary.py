"""What a person missed while the bot, Telegram or the network was away: one message instead of every old card."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.notices.words import Words
from bot.shop import Shop
from bot.texts import Speech


def late_cards(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """How many visitors came, and from when to when by the shop's clock.

    Payload: `visitors`, and `first` and `last`, ISO instants at which the first and the last of them were seen.
    """
    first, last = (datetime.fromisoformat(payload[key]).astimezone(shop.timezone) for key in ("first", "last"))
    text = t.count(
        "⏳ While there was no connection, {number} visitor came in ({when}). It is too late for a card.",
        "⏳ While there was no connection, {number} visitors came in ({when}). It is too late for their cards.",
        payload["visitors"],
        when=_span(first, last),
    )
    return Words(text)


def _span(first: datetime, last: datetime) -> str:
    """ "14:05–14:20", "14:05" where that is all, and with the days where there are two."""
    if first.date() != last.date():
        return f"{first:%d.%m %H:%M} – {last:%d.%m %H:%M}"
    return f"{first:%H:%M}–{last:%H:%M}" if f"{first:%H:%M}" != f"{last:%H:%M}" else f"{first:%H:%M}"
