"""Writes the worker's events to the database, each decided visit with its outbox rows in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from itertools import chain, repeat
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from db import nudge, visits
from db.engine import Database
from db.errors import DatabaseError
from db.offering import Offer
from worker.pipeline import Event
from worker.visit import Visit

log = logging.getLogger(__name__)

RETRY_SECONDS = (0.5, 1, 2, 5, 10)
"""Pauses between tries while the database cannot be written; the last one repeats."""


class Recorder:
    """Turns events into rows.

    Args:
        database: already upgraded.
        origin: "camera" for visits that count, "replay" for those of a tester's file.
        offer: how waiting assistants are told, None where they are not.
    """

    def __init__(self, database: Database, origin: Literal["camera", "replay"], offer: Offer | None) -> None:
        self._database = database
        self._origin = origin
        self._offer = offer

    async def write(self, event: Event, instant: Callable[[float], datetime]) -> bool:
        """Store one event; `instant` turns the source's seconds into UTC.

        Returns:
            False where a decided visit was in the database already (a file replayed again).

        Raises:
            DatabaseError: it cannot be written.
        """
        visit = event.visit
        async with self._database.session() as session:
            if event.kind == "ended":
                await visits.finish(session, visit.id, last_seen=instant(visit.last_seen), faces=visit.faces)
                return True
            new = await self._record(session, _row(visit, event.snapshot, self._origin, instant))
        if new and self._offer:
            nudge.send(self._database.url)
        return new

    async def write_patiently(self, event: Event, instant: Callable[[float], datetime]) -> None:
        """Store one event however long the database stays away; a decided visit is never dropped."""
        for pause in chain(RETRY_SECONDS, repeat(RETRY_SECONDS[-1])):
            try:
                await self.write(event, instant)
                return
            except DatabaseError as error:
                log.warning("visit %s is not written yet, next try in %s s: %s", event.visit.id, pause, error)
                await asyncio.sleep(pause)

    async def _record(self, session: AsyncSession, visit: visits.NewVisit) -> bool:
        if self._offer is None:
            return await visits.record(session, visit, notify=False)
        return await visits.record(session, visit, notify=True, offer=self._offer)


def _row(
    visit: Visit,
    snapshot: bytes | None,
    origin: Literal["camera", "replay"],
    instant: Callable[[float], datetime],
) -> visits.NewVisit:
    reading = visit.reading
    return visits.NewVisit(
        id=visit.id,
        camera=visit.camera,
        origin=origin,
        first_seen=instant(visit.first_seen),
        decided_at=instant(visit.decided),
        last_seen=instant(visit.last_seen),
        faces=visit.faces,
        age_mean=reading.age_mean,
        age_low=reading.age_low,
        age_high=reading.age_high,
        age_band=reading.age_band,
        gender=reading.gender,
        p_female=reading.p_female,
        attire_labels=list(reading.attire),
        attire_scores=dict(reading.attire_scores),
        department=reading.department,
        department_p=reading.department_p,
        ranking=list(reading.ranking),
        reason=reading.reason,
        snapshot=snapshot,
    )
