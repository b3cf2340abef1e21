"""The shift: what time does to open visits, whoever presses or does not.

The next in turn is asked, managers are told of who is not met, cards of who has gone are closed, who forgot to close
a card is reminded once, and at last the visit is closed for them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from amiko.config import BotConfig
from bot.delivery.incident import Incident
from bot.shop import Shop
from db import lifecycle, nudge, offering
from db.errors import DatabaseError
from db.lifecycle import OpenVisit

Step = Literal["miss", "escalate", "next", "give_up", "remind"]

_LONGEST_SLEEP_SECONDS, _SHORTEST_SLEEP_SECONDS = 1.0, 0.02
_OWN_MISTAKE_SECONDS = 60.0
_AT_A_STRETCH = 100  # visits: some 2 ms
_SAID: dict[Step, str] = {
    "miss": "visit %s is closed as missed",
    "escalate": "visit %s: nobody has taken it, the managers are told",
    "remind": "visit %s: its assistant is reminded to close it",
    "give_up": "visit %s is closed, how it ended is unknown",
}
_log = logging.getLogger(__name__)


class Deadline(NamedTuple):
    """That one step of one visit is to be taken `after` so many seconds from an instant."""

    visit_id: str
    step: Step
    since: datetime
    after: float

    def left(self, now: datetime) -> float:
        """Seconds from an instant until then; negative once it is past."""
        return self.after - (now - self.since).total_seconds()


def deadlines(visit: OpenVisit, rules: BotConfig) -> list[Deadline]:
    """What time will do to a visit, the most final first."""
    if visit.state == "claimed":
        assert visit.claimed_at is not None  # by the one change that makes a visit claimed
        steps = [Deadline(visit.id, "give_up", visit.claimed_at, rules.close_after)]
        if not visit.reminded:
            steps.append(Deadline(visit.id, "remind", visit.claimed_at, rules.remind_after))
        return steps
    # A file may be replayed long after it was filmed, and a visit passed on long after its visitor left the camera.
    steps = [Deadline(visit.id, "miss", max(visit.last_seen, visit.offered_at), rules.gone_after)]
    if not visit.escalated:
        steps.append(Deadline(visit.id, "escalate", visit.offered_at, rules.escalate_after))
    if visit.next_offer_at is not None:
        begun = visit.next_offer_at - timedelta(seconds=rules.turn_seconds)
        steps.append(Deadline(visit.id, "next", begun, rules.turn_seconds))
    return steps


class Shift:
    """Takes every step when it is due: the database says what is open, and since when."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._due_at: dict[Deadline, float] = {}  # on the monotonic clock
        self._away = Incident(_log, "open visits wait", "open visits go on")

    async def run(self) -> None:
        """Work until cancelled, and finish what has begun then; what fails is tried again."""
        while True:
            work = asyncio.create_task(self._patiently(), name="shift: round")
            try:
                pause = await asyncio.shield(work)
            finally:
                await work
            await asyncio.sleep(pause)

    async def _patiently(self) -> float:
        try:
            pause = await self._round()
        except DatabaseError as error:
            self._away.happens(str(error))
            return _LONGEST_SLEEP_SECONDS
        self._away.over()
        return pause

    async def _round(self) -> float:
        """Take each step that is due; the seconds until there may be another."""
        async with self._shop.database.reading() as session:
            visits = await lifecycle.open_visits(session)
        await self._set(visits)
        now = time.monotonic()
        due = [deadline for deadline, at in self._due_at.items() if at <= now]
        for deadline in due:
            try:
                await self._take(deadline)
            except DatabaseError:
                raise
            except Exception:
                _log.exception("visit %s: %s", deadline.visit_id, deadline.step)
                self._due_at[deadline] = now + _OWN_MISTAKE_SECONDS  # the others go on
        if due:
            nudge.send(self._shop.database.url)
            return _SHORTEST_SLEEP_SECONDS
        next_ = min(self._due_at.values(), default=now + _LONGEST_SLEEP_SECONDS)
        return min(max(next_ - now, _SHORTEST_SLEEP_SECONDS), _LONGEST_SLEEP_SECONDS)

    async def _set(self, visits: list[OpenVisit]) -> None:
        """Keep to the monotonic clock what is new, and forget what is past; cards go out meanwhile.

        The wall clock is asked once for each deadline, so that setting it neither hastens nor delays one that is
        running; one from before it was set back an hour waits no longer than it would have from now on.
        """
        wall, now = datetime.now(UTC), time.monotonic()
        due_at: dict[Deadline, float] = {}
        for place, visit in enumerate(visits):
            if place % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)
            for deadline in deadlines(visit, self._shop.config.bot):
                known = self._due_at.get(deadline)
                due_at[deadline] = now + min(deadline.left(wall), deadline.after) if known is None else known
        self._due_at = due_at

    async def _take(self, deadline: Deadline) -> None:
        """One step in a transaction of its own; if somebody pressed meanwhile, it changes nothing."""
        visit_id, now = deadline.visit_id, datetime.now(UTC)
        async with self._shop.database.session() as session:
            match deadline.step:
                case "miss":
                    taken = await offering.miss(session, visit_id, now)
                case "escalate":
                    taken = await offering.escalate(session, visit_id, now)
                case "next":
                    taken = await offering.offer_next(session, visit_id, self._shop.offer, now)
                case "remind":
                    taken = await lifecycle.remind(session, visit_id, now)
                case "give_up":
                    then = self._shop.config.bot.after_outcome
                    taken = await lifecycle.give_up(session, visit_id, now, then=then)
        if taken and deadline.step in _SAID:
            _log.info(_SAID[deadline.step], visit_id)
