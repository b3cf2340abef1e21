"""Something that goes wrong many times over, and is logged once when it begins and once when it is over."""

from __future__ import annotations

import logging
import time


class Incident:
    """One kind of trouble: `Incident(log, "Telegram does not answer", "Telegram answers again")`."""

    def __init__(self, log: logging.Logger, begins: str, is_over: str) -> None:
        self._log = log
        self._begins = begins
        self._is_over = is_over
        self._since: float | None = None
        self._times = 0

    def happens(self, why: str) -> None:
        """It goes wrong, perhaps not for the first time."""
        self._times += 1
        if self._since is None:
            self._since = time.monotonic()
            self._log.warning("%s: %s", self._begins, why)

    @property
    def failures(self) -> int:
        """How often it has gone wrong since it began; 0 while all is well."""
        return self._times

    def over(self) -> None:
        """All is well."""
        if self._since is None:
            return
        self._log.warning(
            "%s, after %.1f s and %d failures", self._is_over, time.monotonic() - self._since, self._times
        )
        self._since, self._times = None, 0
