"""About the bot that serves a shop while that is cut off: who has still to start it, and that it rests again."""

from __future__ import annotations

from typing import Any

from bot.notices.words import Words
from bot.shop import Shop
from bot.texts import Speech


def start(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """To somebody who has not started it. Payload: `bot`, its user name."""
    return Words(
        t(
            "🔌 When the shop is cut off from the network, another bot goes on with its cards: @{bot}. Please open "
            "https://t.me/{bot} and press Start there, once; otherwise you get no cards then.",
            bot=payload["bot"],
        )
    )


def strangers(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """To managers. Payload: `bot`, its user name; `names` of those who have not started it."""
    return Words(
        t(
            "🔌 @{bot} serves the shop when it is cut off. It cannot write to these people until they have pressed "
            "Start there, and I have asked them to: {names}.",
            bot=payload["bot"],
            names=", ".join(payload["names"]),
        )
    )


def rests(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """To whoever got a card from it. Payload: none."""
    return Words(
        t("🔌 The shop is connected again, and new cards come from the main bot. Whom you have taken here, close here.")
    )
