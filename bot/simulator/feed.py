"""What just happened, told to everyone who listens: open chat pages and waiting tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Event = tuple[str, dict[str, Any]]
Queue = asyncio.Queue[Event | None]

MAX_WAITING = 1000


class Feed:
    """Events to any number of listeners; None in a queue says that no more will come."""

    def __init__(self) -> None:
        self._queues: set[Queue] = set()
        self._closed = False

    @contextmanager
    def listen(self) -> Iterator[Queue]:
        """A queue that gets every event from now on."""
        queue: Queue = asyncio.Queue(MAX_WAITING)
        if self._closed:
            queue.put_nowait(None)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def publish(self, name: str, **data: Any) -> None:
        """Tell all listeners; one that has fallen far behind is let go (a page reconnects and reads everything)."""
        for queue in list(self._queues):
            if queue.full():
                self._end(queue)
            else:
                queue.put_nowait((name, data))

    def close(self) -> None:
        """End all listeners, and those that still come."""
        self._closed = True
        for queue in list(self._queues):
            self._end(queue)

    def _end(self, queue: Queue) -> None:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
        self._queues.discard(queue)
