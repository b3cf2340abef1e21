"""Logging for every process: one line an event, to standard error, and never a token in it."""

from __future__ import annotations

import logging
import re

TOKEN = re.compile(r"\b\d{1,20}:[A-Za-z0-9_-]{9,}\b")


class _NoTokens(logging.Formatter):
    """Formats a record, with anything that looks like a bot token left out, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return TOKEN.sub("<token>", super().format(record))


def set_up_logging(level: str) -> None:
    """Log to standard error from `level` on."""
    handler = logging.StreamHandler()
    handler.setFormatter(_NoTokens("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # These tell of every request, with the token in its address.
    for name in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)
