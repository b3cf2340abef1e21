"""Keeps child processes alive: each is one of amiko's own commands, restarted when it dies."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache

log = logging.getLogger(__name__)

RESTART_SECONDS = (1, 2, 5, 10, 30, 60)
"""Pauses before a child is started again; the last one repeats."""

STEADY_SECONDS = 60.0
"""A child that lived so long begins again with the shortest pause."""

GRACE_SECONDS = 10.0
"""A child that has not ended so long after SIGTERM is killed."""


class Supervisor:
    """Starts every child, and restarts those that end until `stop` is called.

    Args:
        children: amiko's arguments, by the name that the log shows.
    """

    def __init__(self, children: Mapping[str, Sequence[str]]) -> None:
        self._children = children
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End every child, and then `run`."""
        self._stop.set()

    async def run(self) -> None:
        """Supervise until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            for name, arguments in self._children.items():
                tasks.create_task(self._keep(name, arguments), name=f"child {name}")

    async def _keep(self, name: str, arguments: Sequence[str]) -> None:
        failures = 0
        while not self._stop.is_set():
            started = time.monotonic()
            why = await self._live(name, arguments)
            if why is None:
                return
            failures = 0 if time.monotonic() - started >= STEADY_SECONDS else failures
            pause = RESTART_SECONDS[min(failures, len(RESTART_SECONDS) - 1)]
            failures += 1
            log.error("%s %s; it is started again in %s s", name, why, pause)
            try:
                await asyncio.wait_for(self._stop.wait(), pause)
            except TimeoutError:
                continue

    async def _live(self, name: str, arguments: Sequence[str]) -> str | None:
        """One life of a child, from its start to its end; how it ended, None where it was to."""
        try:
            child = await start(arguments)
        except OSError as error:  # no memory, or too many processes, for a moment
            return f"cannot be started ({error.strerror})"
        log.info("%s started as process %d", name, child.pid)
        ended = asyncio.create_task(child.wait())
        asked = asyncio.create_task(self._stop.wait())
        await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if self._stop.is_set():
            await end(child)
            return None
        return f"ended with {child.returncode}"


async def start(arguments: Sequence[str], env: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
    """Start `amiko ARGUMENTS` in a process that ends with this one; `env` replaces the environment."""
    # A session of its own, so that Ctrl-C reaches the parent alone, which then ends its children in order.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "amiko.child", *arguments, stdin=_lifeline(), env=env, start_new_session=True
    )


@cache
def _lifeline() -> int:
    """The reading end of a pipe; the other one stays open, in this process alone, for as long as it lives.

    Not a pipe of asyncio's: a child would then not count as ended before whoever has inherited its input has, too.
    """
    reading, _ = os.pipe()
    return reading


async def end(child: asyncio.subprocess.Process) -> None:
    """Ask a child to end, and kill it where it does not."""
    if child.returncode is not None:
        return
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), GRACE_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
