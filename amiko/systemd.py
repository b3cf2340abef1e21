"""Tells systemd how this process is doing: that it is ready, that it is alive, that it ends.

The protocol is one datagram a message (sd_notify(3)). Nothing happens where systemd has not asked.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""What systemd sets; it is not meant for a process's children."""


@asynccontextmanager
async def served() -> AsyncIterator[None]:
    """While the block runs, this process is ready; a watchdog hears of it as long as its event loop turns."""
    _tell("READY=1")
    alive = asyncio.create_task(_stay_alive(), name="systemd's watchdog")
    try:
        yield
    finally:
        alive.cancel()
        _tell("STOPPING=1")


async def _stay_alive() -> None:
    if not (microseconds := os.environ.get("WATCHDOG_USEC")):
        return
    while True:
        _tell("WATCHDOG=1")
        await asyncio.sleep(int(microseconds) / 1e6 / 3)


def _tell(message: str) -> None:
    if not (address := os.environ.get("NOTIFY_SOCKET")):
        return
    # systemd that does not listen for a moment is no reason to fail.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)
