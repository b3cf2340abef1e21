"""To managers and the assistants of a till: a customer there may be under age, so that a document is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.notices.words import Words
from bot.shop import Shop
from bot.texts import Speech


def ask_for_id(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """Where and when, and how likely; never a picture, and never that anybody is to be refused.

    Payload: `camera`, its name; `band`, "likely" or "possible"; `decided_at`, an ISO instant.
    """
    fields = {"camera": payload["camera"], "time": shop.clock(datetime.fromisoformat(payload["decided_at"]))}
    if payload["band"] == "likely":
        return Words(
            t(
                "🪪 Ask for ID at <b>{camera}</b> ({time}): the customer is likely under 18. "
                "This is an estimate; only the document decides.",
                **fields,
            )
        )
    return Words(
        t(
            "🪪 Ask for ID at <b>{camera}</b> ({time}): the customer is possibly under 18. "
            "This is an estimate; only the document decides.",
            **fields,
        )
    )
