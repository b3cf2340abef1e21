"""Deep links: https://t.me/<bot>?start=<token> opens a chat with the bot and hands it the token."""

from __future__ import annotations

import re

_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\.me/(?P<bot>\w+)/?(?:\?start=(?P<token>[A-Za-z0-9_-]{1,64}))?")


def start_command(link: str, bot: str) -> str:
    """What a person sends who opens the link and presses Start.

    Raises:
        ValueError: it is no link to this bot, or Telegram would not take its token (1 to 64 of A-Z a-z 0-9 _ -).
    """
    found = _LINK.fullmatch(link)
    if found is None or found["bot"].lower() != bot.lower():
        raise ValueError(f"{link} is no link to this bot; one looks like https://t.me/{bot}?start=token")
    return f"/start {found['token']}" if found["token"] else "/start"
