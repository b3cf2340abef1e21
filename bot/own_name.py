"""What the bot is called in Telegram, for commands that run beside it."""

from __future__ import annotations

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from amiko.config.telegram import TelegramConfig

_SECONDS = 5.0
"""A command does not keep its user waiting for longer."""


async def own_name(telegram: TelegramConfig) -> str | None:
    """The bot's user name; None without a token, with a wrong one, or where the Bot API cannot be reached."""
    if telegram.token is None:
        return None
    request = HTTPXRequest(connect_timeout=_SECONDS, read_timeout=_SECONDS)
    bot = Bot(telegram.token.get_secret_value(), telegram.base_url, telegram.base_file_url, request=request)
    try:
        async with bot:  # which asks for it
            return bot.username
    except TelegramError:
        return None
