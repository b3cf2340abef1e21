"""What managers hear of a camera that has fallen silent, and of its return."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.notices.words import Words
from bot.shop import Shop
from bot.texts import Speech
from bot.words import duration


def silent(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """Payload: `camera`, its name; `seconds` of silence; `last_frame_at`, an ISO instant or None."""
    fields = {"camera": payload["camera"], "duration": duration(payload["seconds"], t)}
    if payload["last_frame_at"] is None:
        return Words(
            t(
                "🔴 Camera <b>{camera}</b> has given no picture for {duration}. Check its power, its cable and its "
                "address; /cameras says more.",
                **fields,
            )
        )
    return Words(
        t(
            "🔴 Camera <b>{camera}</b> has given no picture for {duration}; the last one came at {time}. Check its "
            "power and its cable; /cameras says more.",
            **fields,
            time=_clock(payload["last_frame_at"], shop),
        )
    )


def back(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """Payload: `camera`, its name; `alerted_at`, the ISO instant at which managers were told of its silence."""
    return Words(
        t(
            "🟢 Camera <b>{camera}</b> gives pictures again; the alarm was raised at {time}.",
            camera=payload["camera"],
            time=_clock(payload["alerted_at"], shop),
        )
    )


def _clock(instant: str, shop: Shop) -> str:
    """ "14:05", with the day in front where that is another one."""
    local = datetime.fromisoformat(instant).astimezone(shop.timezone)
    return f"{local:%H:%M}" if local.date() == datetime.now(shop.timezone).date() else f"{local:%d.%m %H:%M}"
