"""What a notice says."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import InlineKeyboardMarkup


@dataclass(frozen=True)
class Words:
    """One message: Telegram's HTML, its buttons, and a JPEG or PNG above it, where it has them."""

    text: str
    buttons: InlineKeyboardMarkup | None = None
    photo: bytes | None = None
