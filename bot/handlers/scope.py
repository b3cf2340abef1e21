"""What the bot listens to at all: new messages in private chats."""

from __future__ import annotations

from typing import Any

from telegram.ext import BaseHandler, filters

Handlers = list[BaseHandler[Any, Any, Any]]

# An edited message is no command, and a group is no place for cards about people.
PRIVATE = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
