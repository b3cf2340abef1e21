"""What can keep the bot from working, and how its secret is kept out of every message."""

from __future__ import annotations


class BotError(Exception):
    """The bot cannot work; the message says why and what to do."""


class TokenError(BotError):
    """Telegram does not take the bot's token, or no longer; whoever knows where the token comes from says that."""

    def __init__(self, complaint: str, variable: str = "AMIKO_TELEGRAM__TOKEN") -> None:
        super().__init__(f"{complaint}; set {variable} to a valid one")
        self.complaint = complaint


REVOKED = "Telegram no longer takes the bot's token"


def redact(text: str, token: str) -> str:
    """The text without the bot's token."""
    return text.replace(token, "<token>")
