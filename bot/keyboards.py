"""The keyboards: an assistant's status below the chat, and the buttons of a card."""

from __future__ import annotations

import re
from typing import Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup

from bot.texts import LANGUAGES, Speech, speech
from db.models import Status

Press = Literal["take", "skip"]


def status_labels(t: Speech) -> dict[str, Status]:
    """What stands on the status keyboard, and what each label means."""
    return {
        t.plain("🟢 Waiting"): "waiting",
        t.plain("🟡 Busy"): "busy",
        t.plain("⚪ Off"): "off",
    }


def status_keyboard(t: Speech) -> ReplyKeyboardMarkup:
    """Waiting, busy, off."""
    return ReplyKeyboardMarkup([list(status_labels(t))], resize_keyboard=True, is_persistent=True)


def status_of(label: str) -> Status | None:
    """The status that a label means in any language: a keyboard may be older than its owner's choice."""
    for language in LANGUAGES:
        if status := status_labels(speech(language)).get(label):
            return status
    return None


def card_buttons(t: Speech, visit_id: str) -> InlineKeyboardMarkup:
    """Take and Not mine, for an open card."""
    return InlineKeyboardMarkup.from_row(
        [
            InlineKeyboardButton(t.plain("Take"), callback_data=f"take:{visit_id}"),
            InlineKeyboardButton(t.plain("Not mine"), callback_data=f"skip:{visit_id}"),
        ]
    )


def read_press(data: object) -> tuple[Press, str] | None:
    """What the callback data of a card's button asks for, and of which visit; None for anything else."""
    match = re.fullmatch(r"(take|skip):([0-9a-zA-Z-]{1,36})", data) if isinstance(data, str) else None
    if match is None:
        return None
    return ("take" if match[1] == "take" else "skip"), match[2]
