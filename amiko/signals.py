"""Ctrl-C, and the request to end that systemd and containers send."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


def on_end(stop: Callable[[], object]) -> None:
    """Call `stop` in the running event loop at SIGINT and SIGTERM, in place of what Python does at them."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
