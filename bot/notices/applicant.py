"""Who asks to be let in, with what was decided, and who has come in by an invitation."""

from __future__ import annotations

from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.notices.words import Words
from bot.shop import Shop
from bot.texts import Speech
from db.models import MANAGERS


def asks(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """A stranger's request, with buttons until it is decided.

    Payload: `telegram_id`, `name` and `username` (or None) of the stranger; once decided `decision`, which is
    "approved", "refused" or "invited", and `by`, the name of the manager who did.
    """
    name, by = payload["name"], payload.get("by")
    decision = payload.get("decision")
    if decision == "approved":
        return Words(t("✅ {name} asked to be let in. {by} agreed.", name=name, by=by))
    if decision == "refused":
        return Words(t("🚫 {name} asked to be let in. {by} refused.", name=name, by=by))
    if decision == "invited":
        return Words(t("✅ {name} asked to be let in, and came with an invitation.", name=name))
    telegram_id = payload["telegram_id"]
    known = f"@{payload['username']}" if payload.get("username") else telegram_id
    buttons = InlineKeyboardMarkup.from_row(
        [
            InlineKeyboardButton(t.plain("Let in"), callback_data=f"p:ask:yes:{telegram_id}"),
            InlineKeyboardButton(t.plain("Refuse"), callback_data=f"p:ask:no:{telegram_id}"),
        ]
    )
    words = t("🙋 {name} ({known}) asks to be let in as an assistant. Do you know them?", name=name, known=known)
    return Words(words, buttons)


def joined(payload: dict[str, Any], shop: Shop, t: Speech) -> Words:
    """That somebody has used an invitation, told to who made it.

    Payload: `telegram_id`, `name`, `role`, and `known`, which is what Telegram calls them.
    """
    fields = {"name": payload["name"], "known": payload["known"]}
    if payload["role"] in MANAGERS:
        return Words(t("👋 {name} has come in by your invitation as a manager ({known} in Telegram).", **fields))
    return Words(t("👋 {name} has come in by your invitation as an assistant ({known} in Telegram).", **fields))
