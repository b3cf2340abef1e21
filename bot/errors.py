"""What can keep the bot from working, and how its secret is kept out of every message."""

from __future__ import annotations


class BotError(Exception):
    """The bot cannot work; the message says why and what to do."""


REVOKED = "Telegram no longer takes the bot's token; set AMIKO_TELEGRAM__TOKEN to a valid one"


def redact(text: str, token: str) -> str:
    """The text without the bot's token."""
    return text.replace(token, "<token>")
