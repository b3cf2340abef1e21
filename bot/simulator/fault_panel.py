"""What a test or a tester can let go wrong, in words."""

from __future__ import annotations

import time

from bot.simulator.errors import ApiError, injected
from bot.simulator.faults import Fault, Faults
from bot.simulator.methods import registry


class FaultPanel:
    """Orders faults. A method is named as in Telegram, None for every method but getUpdates; `person_id` limits a
    fault to requests for one chat; `times` is how many requests it meets."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def fail(
        self,
        method: str | None,
        error_code: int,
        times: int = 1,
        retry_after: int | None = None,
        person_id: int | None = None,
    ) -> None:
        """Answer with an error; 429 comes with `retry_after` (seconds, 1 where not given).

        Raises:
            ValueError: the method is unknown, or the code is no HTTP error.
        """
        error = injected(error_code, retry_after)
        self._faults.add(Fault("error", _known(method), person_id, error, times=_positive(times)))

    def flood(self, seconds: float, person_id: int | None = None) -> None:
        """Answer 429 for so long, with the seconds that are left as retry_after."""
        self._faults.add(Fault("flood", chat_id=person_id, until=_until(seconds)))

    def slow(
        self, seconds: float, method: str | None = None, times: int | None = 1, person_id: int | None = None
    ) -> None:
        """Do what is asked, and answer so many seconds later; `times` None goes on until lifted."""
        fault = Fault("slow", _known(method), person_id, seconds=seconds, times=times and _positive(times))
        self._faults.add(fault)

    def drop(
        self, method: str | None = None, times: int = 1, person_id: int | None = None, *, done: bool = False
    ) -> None:
        """Break the connection: before anything is done, or when it is `done` and only the answer is lost."""
        self._faults.add(Fault("lose" if done else "drop", _known(method), person_id, times=_positive(times)))

    def away(self, seconds: float) -> None:
        """Nobody answers for so long: waiting and new connections break; people go on writing."""
        self._faults.add(Fault("away", until=_until(seconds)))

    def revoke_token(self) -> None:
        """Answer 401 to everything until this is lifted."""
        self._faults.add(Fault("revoked"))

    def lift(self, fault_id: int | None = None) -> None:
        """End one fault, or all."""
        self._faults.lift(fault_id)


def _known(method: str | None) -> str | None:
    if method is None:
        return None
    try:
        registry.find(method)
    except ApiError:
        raise ValueError(f"the simulator knows no method {method}") from None
    return method.lower()


def _positive(times: int) -> int:
    if times < 1:
        raise ValueError(f"a fault meets at least one request, not {times}")
    return times


def _until(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError(f"a fault lasts more than {seconds} s")
    return time.monotonic() + seconds
