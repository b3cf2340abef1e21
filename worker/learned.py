"""What has been learnt of a shop's visitors, as this worker uses it: taken up while it runs, and never relied on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from db import routing_kept, shops
from db.engine import Database
from routing.departments import Department
from routing.learned import Learned, LearnedError, from_json
from worker.link import AWAY, Link
from worker.reading import Ranker

EVERY_SECONDS = 20.0
"""Between two looks whether another correction answers."""

log = logging.getLogger(__name__)


class LearnedRouting:
    """The correction that answers in a shop now, if one does that can be used; otherwise the rules answer.

    Args:
        database: where corrections are kept.
        link: says whose visitors these are.
        departments: of config.yaml.
        timezone: of the shop's clock.
    """

    def __init__(self, database: Database, link: Link, departments: Sequence[Department], timezone: ZoneInfo) -> None:
        self._database = database
        self._link = link
        self._departments = departments
        self._timezone = timezone
        self._number: int | None = None  # of the correction that was looked at last
        self._learned: Learned | None = None

    def ranker(self, camera: str) -> Ranker | None:
        """What ranks departments for a visitor whom this camera sees now; None where the rules do."""
        learned, at = self._learned, datetime.now(self._timezone)
        if learned is None:
            return None
        return lambda age, p_female, attire: learned.rank(
            self._departments, age, p_female, attire, camera=camera, at=at
        )

    async def keep_up(self) -> NoReturn:
        """Look now and then, until cancelled; while the database is away, what answered goes on answering."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Take up the correction that answers now, where it is another than before."""
        try:
            known = await self._link.shop_id()
            async with self._database.reading() as session:
                shop_id = known or await shops.only(session)
                number = await routing_kept.active_id(session, shop_id)
                if number == self._number:
                    return
                row = await routing_kept.active(session, shop_id)
        except AWAY:
            return
        self._number = row.id if row else None
        if row is None:
            self._learned = None
            log.info("departments are ranked by the rules of config.yaml alone")
            return
        try:
            self._learned = from_json(row.contents, self._departments, row.sha256)
        except LearnedError as error:
            self._learned = None
            log.warning(
                "departments are ranked by the rules of config.yaml alone: routing model %d is not used, %s",
                row.id,
                error,
            )
            return
        log.info("routing model %d answers, learnt from %d outcomes", row.id, row.outcomes)


@asynccontextmanager
async def kept_up(learned: LearnedRouting) -> AsyncIterator[None]:
    """Take up what answers, and go on looking while the block runs."""
    await learned.look()
    looking = asyncio.create_task(learned.keep_up(), name="learned routing")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
