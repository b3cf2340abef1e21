"""How fast messages go out: Telegram allows about 30 a second in all, and about one a second into each chat.

Answers to people (their commands, their buttons) and the notifier's messages share one allowance, in which answers go
first. The notifier asks for `room` before it reads what is due, so the queue is the database and holds no old news.
Where several processes are one bot, each has an equal share of the 30; what a chat takes is counted by each.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

# In no second more than 30 messages, the last of them kept for an answer. They are spread over most of that second,
# so that an answer never waits long for its turn, and a busy machine can make up for being late.
_WINDOW_SECONDS, _IN_WINDOW, _FOR_ANSWERS = 1.0, 30, 1
_PER_SECOND, _AT_ONCE = 36.0, 2.0
_HEARD_OF_SECONDS = 1.5  # who has just come is counted by the others, who look once a second
_CHAT_PER_SECOND, _CHAT_AT_ONCE = 1.0, 3.0
# Telegram's 429 does not say whom it is about. We keep each chat's pace, so chats are rarely refused on their own,
# and never several of them at the same moment: then it is the bot that is limited.
_SEVERAL_CHATS, _SAME_MOMENT_SECONDS = 3, 1.0

_log = logging.getLogger(__name__)


class Pace:
    """One bot's allowance. Times are seconds of `clock`, which never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spread = _Allowance(_PER_SECOND, _AT_ONCE)
        self._bots, self._in_window = 0, _IN_WINDOW
        self._window: deque[float] = deque(maxlen=_IN_WINDOW)
        self._chats: dict[int, _Allowance] = {}
        self._rests: dict[int, float] = {}
        self._rest_until = 0.0
        self._refused: deque[tuple[float, int]] = deque()
        self._answers = 0
        self._turn = asyncio.Lock()

    def share(self, bots: int) -> None:
        """Keep to a share of the allowance, as so many processes are this bot now, each with the same work.

        Where there are others at the first call, it begins when they keep to theirs.
        """
        if not self._bots and bots > 1:
            self._rest_until = self._clock() + _HEARD_OF_SECONDS
        self._bots = bots
        self._in_window = max(_IN_WINDOW // bots, 1 + _FOR_ANSWERS)
        self._spread.spacing = bots / _PER_SECOND

    def room(self) -> int:
        """How many messages the notifier may send now."""
        now = self._clock()
        if self._answers or now < self._rest_until:
            return 0
        lately = sum(at > now - _WINDOW_SECONDS for at in self._window)
        return max(0, min(self._spread.room(now), self._in_window - _FOR_ANSWERS - lately))

    def resting(self) -> set[int]:
        """The chats that are to be left alone now."""
        now = self._clock()
        self._rests = {chat: until for chat, until in self._rests.items() if until > now}
        self._chats = {chat: allowance for chat, allowance in self._chats.items() if not allowance.is_full(now)}
        return self._rests.keys() | {chat for chat, allowance in self._chats.items() if not allowance.room(now)}

    def pause(self, longest: float) -> float:
        """For how long nothing changes here: seconds until there is room, or until a chat has rested."""
        now = self._clock()
        changes = [self._rest_until - now, self._seconds(now, self._in_window - _FOR_ANSWERS)]
        changes += [self._spread.spacing] if self._answers else []  # of their turn nobody is told
        changes += [until - now for until in self._rests.values()]
        changes += [allowance.seconds(now) for allowance in self._chats.values()]
        return min([longest, *(seconds for seconds in changes if seconds > 0)])

    def take(self, chat_id: int) -> float:
        """Count one message into a chat; the time under which it is counted."""
        now = self._clock()
        self._spread.take(now)
        self._window.append(now)
        self._chats.setdefault(chat_id, _Allowance(_CHAT_PER_SECOND, _CHAT_AT_ONCE)).take(now)
        return now

    def give_back(self, chat_id: int, at: float) -> None:
        """Count a message no longer that was not sent after all."""
        if at in self._window:
            self._window.remove(at)
        self._spread.give_back()
        if chat_id in self._chats:
            self._chats[chat_id].give_back()

    async def answer(self, chat_id: int) -> None:
        """Wait for the turn of an answer, ahead of everything from the notifier, and count it."""
        self._answers += 1
        try:
            async with self._turn:
                while True:
                    now = self._clock()
                    seconds = max(self._seconds(now, self._in_window), self._rest_until - now)
                    if seconds <= 0:
                        break
                    await asyncio.sleep(seconds)
                self.take(chat_id)
        finally:
            self._answers -= 1

    def refused(self, chat_id: int, seconds: float) -> bool:
        """Telegram wants `seconds` of quiet (429). Returns whether that is for all chats, not for this one alone."""
        now = self._clock()
        self._rests[chat_id] = now + seconds
        self._refused.append((now, chat_id))
        while now - self._refused[0][0] > _SAME_MOMENT_SECONDS:
            self._refused.popleft()
        everywhere = len({chat for _, chat in self._refused}) >= _SEVERAL_CHATS
        if not everywhere:
            _log.warning("Telegram limits chat %d for %.0f s", chat_id, seconds)
        elif now >= self._rest_until:
            _log.warning("Telegram limits the bot for %.0f s: all messages wait", seconds)
        if everywhere:
            self._rest_until = max(self._rest_until, now + seconds)
        return everywhere

    def _seconds(self, now: float, in_window: int) -> float:
        """Until one more message makes no more than so many in a second; 0 if it does not now."""
        full = self._window[-in_window] + _WINDOW_SECONDS - now if len(self._window) >= in_window else 0.0
        return max(0.0, full, self._spread.seconds(now))


class _Allowance:
    """So many a second, so many at once; kept as the instant at which all of it is there again.

    Attributes:
        spacing: seconds from one to the next.
    """

    def __init__(self, per_second: float, at_once: float) -> None:
        self.spacing = 1 / per_second
        self._at_once = at_once
        self._full_at = 0.0

    def room(self, now: float) -> int:
        """How many may go now."""
        return int(self._at_once - max(0.0, self._full_at - now) / self.spacing + 1e-9)

    def is_full(self, now: float) -> bool:
        """Whether nothing of it is in use."""
        return self._full_at <= now

    def seconds(self, now: float) -> float:
        """Until there is room for one; 0 if there is."""
        return max(0.0, self._full_at - now - (self._at_once - 1) * self.spacing)

    def take(self, now: float) -> None:
        """Use one. An answer may take what is not there; the debt is never more than all of it."""
        most = now + self._at_once * self.spacing
        self._full_at = min(most, max(self._full_at, now) + self.spacing)

    def give_back(self) -> None:
        """Have one not used."""
        self._full_at -= self.spacing
