"""Writes the worker's events to the database, each decided visit with its outbox rows in one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from db import age_checks, nudge, shops, visits
from db.engine import Database
from db.models import Origin
from db.offering import Offer
from db.snapshots import SnapshotError
from db.standby import account
from db.standby.account import Account
from routing.exposure import shown
from worker.pipeline import Event
from worker.reading import GENERAL
from worker.spool import Ended, Entry, Seen
from worker.visit import Visit

log = logging.getLogger(__name__)


class Elsewhere(Protocol):
    """Where visits are told of while the database is away."""

    async def hand_over(self, visit_id: str) -> Account | None:
        """Let go of a visit; what has become of it, None where nobody was told of it there."""


class Recorder:
    """Turns events into rows.

    Args:
        database: already upgraded.
        origin: "camera" for visits that count, "replay" for those of a tester's file.
        offer: how waiting assistants are told, None where nobody is told of anything and no picture is kept.
        shop: the name of the shop that the visits belong to, None for the only one.
        max_age: of visits that have waited longer than so many seconds, assistants get a summary; None for visits of
            another time, such as those of files.
        standby: knows of visits that another bot has told of meanwhile; None where there is none.

    Attributes:
        snapshots: where pictures go.
    """

    def __init__(
        self,
        database: Database,
        origin: Origin,
        offer: Offer | None,
        shop: str | None = None,
        max_age: float | None = None,
        standby: Elsewhere | None = None,
    ) -> None:
        self._database = database
        self._origin = origin
        self._offer = offer
        self._shop = shop
        self._shop_id: int | None = None
        self._max_age = timedelta.max if max_age is None else timedelta(seconds=max_age)
        self._standby = standby
        self.snapshots = database.snapshots
        self._told_of = ""

    async def write(self, event: Event, instant: Callable[[float], datetime]) -> bool:
        """Store one event; `instant` turns the source's seconds into UTC.

        Returns:
            False where a decided visit was in the database already (a file replayed again).

        Raises:
            DatabaseError: it cannot be written.
        """
        return await self.store(self.entry(event, instant))

    def entry(self, event: Event, instant: Callable[[float], datetime]) -> Entry:
        """An event as `store` takes it, now or later."""
        visit = event.visit
        if event.kind != "decided":
            kind = Seen if event.kind == "seen" else Ended
            return kind(visit.id, instant(visit.last_seen), visit.faces)
        by_lot = self._offer.by_lot if self._offer and not visit.checkout else None
        return _row(visit, event.snapshot, self._origin, instant, by_lot)

    async def store(self, entry: Entry) -> bool:
        """Store one entry, as `write` does."""
        if isinstance(entry, visits.NewVisit) and entry.snapshot is not None:
            # Where nobody is told, nobody would see it, and perhaps no bot runs that would delete it.
            entry = await self._pictured(entry, entry.snapshot) if self._offer else replace(entry, snapshot=None)
        async with self._database.session() as session:
            if isinstance(entry, Seen):
                await visits.seen(session, entry.id, last_seen=entry.last_seen, faces=entry.faces)
                return True
            if isinstance(entry, Ended):
                await visits.finish(session, entry.id, last_seen=entry.last_seen, faces=entry.faces)
                return True
            new = await self._record(session, entry, await self._from_elsewhere(session, entry.id))
        if new and self._offer:
            nudge.send(self._database.url)
        return new

    async def take_back(self, visit_id: str) -> None:
        """Tell again of a visit that was handed over to a database that did not take it in the end."""
        if self._offer is None:
            return
        async with self._database.session() as session:
            taken = await account.take_back(session, visit_id, self._offer, datetime.now(UTC))
        if taken:
            nudge.send(self._database.url)

    async def _pictured(self, visit: visits.NewVisit, snapshot: bytes) -> visits.NewVisit:
        """The visit once its picture is on the disk, or without one: no visit is lost for its picture."""
        try:
            await asyncio.to_thread(self.snapshots.write, visit.id, snapshot)
        except SnapshotError as error:
            if self._told_of != visit.id:  # it may be tried again and again
                self._told_of = visit.id
                log.warning("visit %s goes without its picture: %s", visit.id, error)
            return replace(visit, snapshot=None)
        return visit

    async def _from_elsewhere(self, session: AsyncSession, visit_id: str) -> Account | None:
        """What another bot has told of a visit meanwhile; it is left alone until the database can be reached."""
        if self._standby is None:
            return None
        await session.connection()
        return await self._standby.hand_over(visit_id)

    async def _record(self, session: AsyncSession, visit: visits.NewVisit, there: Account | None = None) -> bool:
        shop_id, now = await self._belongs_to(session), datetime.now(UTC)
        if self._offer is None:
            return await visits.record(session, visit, notify=False, shop_id=shop_id)
        if visit.checkout:
            new = await visits.record(session, visit, notify=False, shop_id=shop_id)
            if new and there is None:
                await self._ask_for_id(session, visit, shop_id)
            return new
        if there is not None and there.decided:
            at = there.recorded_at
            new = await visits.record(session, visit, notify=False, shop_id=shop_id, recorded_at=at)
            if new:
                await account.settle(session, there, now)
            return new
        late = now - visit.decided_at > self._max_age
        new = await visits.record(session, visit, notify=True, offer=self._offer, shop_id=shop_id, late=late)
        if new and there is not None and not late:
            await account.leave_out(session, there, self._offer, now)
        return new

    async def _ask_for_id(self, session: AsyncSession, visit: visits.NewVisit, shop_id: int) -> None:
        if visit.age_check is not None:
            await age_checks.tell(
                session,
                shop_id=shop_id,
                camera=visit.camera,
                band=visit.age_check,
                decided_at=visit.decided_at,
                now=datetime.now(UTC),
            )

    async def _belongs_to(self, session: AsyncSession) -> int:
        """The shop's id, looked up once; not at the start, when the database may be away."""
        if self._shop_id is None:
            self._shop_id = (await shops.of_config(session, self._shop)).id if self._shop else await shops.only(session)
        return self._shop_id


def _row(
    visit: Visit,
    snapshot: bytes | None,
    origin: Origin,
    instant: Callable[[float], datetime],
    by_lot: float | None,
) -> visits.NewVisit:
    """`by_lot` is the share of cards whose order is drawn by lot, None where there is no card."""
    reading = visit.reading
    card = None
    if by_lot is not None and reading.department != GENERAL:
        card = shown(visit.id, [key for key, _ in reading.ranking], by_lot)
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
        checkout=visit.checkout,
        age_check=visit.age_check,
        age_bands=list(reading.age_bands),
        shown=list(card.order) if card and card.order else None,
        propensity=card.propensity if card else None,
    )
