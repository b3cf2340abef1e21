"""A rest between two pieces of the same work, so that many messages share one piece where many come at once."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

_TIMES = 3.0
_LONGEST_SECONDS = 0.04


class Rest:
    """`async with rest:` begins the work no sooner than three times as long after the last as that took, or 40 ms.

    So looking and writing take at most a quarter of the time, and who comes after a quiet moment waits for nothing.
    """

    def __init__(self) -> None:
        self._began = self._until = 0.0

    async def __aenter__(self) -> None:
        await self.over()
        self._began = time.monotonic()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        now = time.monotonic()
        self._until = now + min(_LONGEST_SECONDS, _TIMES * (now - self._began))

    async def over(self) -> None:
        """Wait until the work may begin."""
        if (seconds := self._until - time.monotonic()) > 0:
            await asyncio.sleep(seconds)
