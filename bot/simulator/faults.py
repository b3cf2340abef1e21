"""What can go wrong between a bot and Telegram, ordered by a test or by a tester on the page."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.simulator.errors import ApiError, too_many
from bot.simulator.feed import Feed

FaultKind = Literal["away", "revoked", "error", "flood", "drop", "lose", "slow"]
PRECEDENCE: tuple[FaultKind, ...] = ("away", "revoked", "error", "flood", "drop", "lose", "slow")


class CutError(Exception):
    """The connection ends without an answer."""


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: away: nobody answers; revoked: the token is not taken; error: `error` is the answer; flood: 429 until
            `until`; drop: the connection breaks before anything is done; lose: it breaks when all is done; slow: all
            is done, and the answer comes after `seconds`.
        method: in lower case; None for every method but getUpdates (away and revoked: for that too).
        chat_id: only requests that name this chat; None for all.
        times: how many requests it meets, None for any number.
        until: when it ends (time.monotonic()), None for never.
    """

    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    error: ApiError | None = None
    seconds: float = 0.0
    times: int | None = None
    until: float | None = None
    id: int = field(default=0, init=False)

    def meets(self, method: str, chat_id: int | None) -> bool:
        """Whether a request is met by this fault."""
        if self.until is not None and time.monotonic() >= self.until:
            return False
        if self.kind in {"away", "revoked"}:
            return True
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        return method == self.method if self.method is not None else method != "getupdates"

    def check(self) -> None:
        """What it does before a method acts.

        Raises:
            CutError: the connection breaks.
            ApiError: Telegram says no.
        """
        if self.kind in {"away", "drop"}:
            raise CutError
        if self.kind == "revoked":
            raise ApiError(401, "Unauthorized")
        if self.kind == "flood" and self.until is not None:
            raise too_many(max(1, math.ceil(self.until - time.monotonic())))
        if self.error is not None:
            raise self.error

    def as_json(self) -> dict[str, Any]:
        """What the page shows of it; `left` is in seconds."""
        left = None if self.until is None else round(max(0.0, self.until - time.monotonic()), 1)
        code = self.error.code if self.error is not None else None
        return {"id": self.id, "kind": self.kind, "method": self.method, "person": self.chat_id, "code": code,
                "seconds": self.seconds, "times": self.times, "left": left}  # fmt: skip


class Faults:
    """All faults of one simulator."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._faults: dict[int, Fault] = {}
        self._ids = itertools.count(1)
        self._open: set[Callable[[], None]] = set()

    def add(self, fault: Fault) -> None:
        """Let it go wrong from now on; a server that goes away breaks the connections that wait for an answer."""
        fault.id = next(self._ids)
        self._faults[fault.id] = fault
        if fault.kind == "away":
            for cut in list(self._open):
                cut()
        self._tell()

    def lift(self, fault_id: int | None = None) -> None:
        """End one fault, or all."""
        if fault_id is None:
            self._faults.clear()
        else:
            self._faults.pop(fault_id, None)
        self._tell()

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that this request meets, counted as met."""
        met = [fault for fault in self._faults.values() if fault.meets(method, chat_id)]
        if not met:
            return None
        fault = min(met, key=lambda fault: PRECEDENCE.index(fault.kind))
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                del self._faults[fault.id]
            self._tell()
        return fault

    def away_seconds(self) -> float:
        """For how long the server will still be away."""
        ends = [fault.until for fault in self._faults.values() if fault.kind == "away" and fault.until is not None]
        return max(0.0, max(ends, default=0.0) - time.monotonic())

    def waiting(self, cut: Callable[[], None]) -> None:
        """Remember a request that waits for its answer, by what breaks its connection."""
        self._open.add(cut)

    def answered(self, cut: Callable[[], None]) -> None:
        """Forget it again."""
        self._open.discard(cut)

    def as_json(self) -> list[dict[str, Any]]:
        """The faults that have not ended, oldest first."""
        now = time.monotonic()
        over = [fault.id for fault in self._faults.values() if fault.until is not None and now >= fault.until]
        for fault_id in over:
            del self._faults[fault_id]
        return [fault.as_json() for fault in self._faults.values()]

    def _tell(self) -> None:
        self._feed.publish("faults", faults=self.as_json())
