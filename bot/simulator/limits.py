"""How much Telegram lets a bot write: about 30 messages a second, one a second into each chat, and short bursts."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from bot.simulator.errors import too_many

COUNTED = {"sendmessage", "sendphoto", "senddocument", "editmessagetext", "editmessagecaption", "editmessagemedia",
           "editmessagereplymarkup"}  # fmt: skip


@dataclass
class _Bucket:
    """Room for `burst` messages, filled again with `rate` a second."""

    rate: float
    burst: float
    room: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until there is room for one message, 0 if there is now."""
        self.room = min(self.burst, self.room + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.room) / self.rate)


@dataclass
class Limits:
    """The bot's allowance; core.telegram.org/bots/faq gives the rates, the bursts are what bots see in practice.

    Attributes:
        rate: messages and edits a second, to everybody together.
        burst: how many may come at once. More than `rate`, so that one who sends exactly at the rate is not refused
            when the network bunches a few requests.
        chat_rate, chat_burst: the same for each chat.
    """

    rate: float = 30
    burst: float = 40
    chat_rate: float = 1
    chat_burst: float = 5
    _all: _Bucket | None = field(default=None, init=False, repr=False)
    _chats: dict[int, _Bucket] = field(default_factory=dict, init=False, repr=False)

    def count(self, method: str, chat_id: int | None) -> None:
        """Count one request (its method in lower case) if it writes into a chat.

        Raises:
            ApiError: 429 with retry_after, when it is one too many; it is then not counted.
        """
        if method not in COUNTED or chat_id is None:
            return
        now = time.monotonic()
        if self._all is None:
            self._all = _Bucket(self.rate, self.burst, self.burst, now)
        chat = self._chats.setdefault(chat_id, _Bucket(self.chat_rate, self.chat_burst, self.chat_burst, now))
        wait = max(self._all.wait(now), chat.wait(now))
        if wait > 0:
            raise too_many(math.ceil(wait))
        self._all.room -= 1
        chat.room -= 1
