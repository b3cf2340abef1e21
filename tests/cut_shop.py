"""A shop of a chain whose line to PostgreSQL a test may cut: its worker's writer, its local database, and both bots."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from amiko import assemble
from amiko.config import Config
from bot.standby.exchange import Exchange
from db import shops, staff
from db.engine import Database
from db.models import Delivery, Notice, Outcome, Staff, Visit
from db.standby import roster
from db.visits import NewVisit
from tests.link import Way
from tests.visits import new_visit
from worker.link import Link
from worker.recorder import Recorder
from worker.spool import Ended, Spool
from worker.standby import Standby
from worker.writer import Writer


class CutShop:
    """Anna, Boris and the manager Vera, in the chain's database as ever; `far` is that database for who is not cut off.

    `near` is the same over the line that may be cut.
    """

    def __init__(self, url: str, folder: Path) -> None:
        server, name = re.findall(r":(\d+)(/\w+)$", url)[0]
        self.way = Way(int(server))
        self.far = Database(url)
        self.near = Database(url.replace(f":{server}{name}", f":{self.way.port}{name}"), patience_seconds=0.5)
        self.local = Database(f"sqlite+aiosqlite:///{folder}/standby.db", patience_seconds=1)
        self.spool = Spool(folder / "unwritten.jsonl", self.near.snapshots)
        self.config = Config.model_validate(
            {"store": {"name": "Riga", "timezone": "Europe/Riga"}, "database": {"url": url}}
        )
        self.people: dict[str, int] = {}
        self.restart()

    def restart(self) -> None:
        """What a process forgets when it ends."""
        self.link = Link(self._prepare)
        self.exchange = Exchange(self.config, self.near, self.local, "riga_bot")

    async def _prepare(self) -> int:
        async with self.near.session() as session:
            return (await shops.settle(session, "Riga", "Europe/Riga")).id

    async def open(self) -> None:
        """Everybody has signed in with both bots."""
        async with self.far.session() as session:
            shop = await shops.settle(session, "Riga", "Europe/Riga")
            for number, (name, role) in enumerate(
                {"Anna": "assistant", "Boris": "assistant", "Vera": "manager"}.items()
            ):
                person = await staff.add(session, name, role, telegram_id=1001 + number, shop_id=shop.id)
                await staff.login(session, telegram_id=1001 + number, username=None, chat_id=1001 + number)
                if role == "assistant":
                    await staff.set_status(session, person.id, "waiting")
                self.people[name] = person.id
        async with self.local.session() as session:
            await roster.prepare(session)
        await self.exchange.round()
        async with self.local.session() as session:
            for number in range(3):
                await staff.login(session, telegram_id=1001 + number, username=None, chat_id=1001 + number)
        await self.exchange.round()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Writer]:
        """The worker's writer, with whoever tells of visits meanwhile."""
        offer, age = assemble.offer(self.config), self.config.bot.max_age
        async with Standby(self.local, Recorder(self.local, "camera", offer, "Riga", age), self.link, age) as standby:
            recorder = Recorder(self.near, "camera", offer, "Riga", age, standby)
            async with Writer(recorder, self.spool, self.link, standby) as writer:
                yield writer

    def cut(self) -> None:
        """From now on the shop cannot reach the chain."""
        self.way.closed.set()
        self.way.cut()

    def mend(self) -> None:
        """It can again."""
        self.way.closed.clear()

    def enters(self, writer: Writer, ago: float = 0, **changes: Any) -> NewVisit:
        """A visitor comes, is decided, and goes."""
        visit = new_visit(datetime.now(UTC) - timedelta(seconds=ago), **changes)
        writer.put(visit)
        writer.put(Ended(visit.id, visit.last_seen, 30))
        return visit

    async def card_sent(self, visit: NewVisit, *names: str) -> None:
        """The local bot has sent these people their cards."""
        async with self.local.session() as session:
            for name in names:
                theirs = (Delivery.visit_id == visit.id, Delivery.staff_id == self.people[name])
                card = (await session.scalars(select(Delivery).where(*theirs))).one()
                card.state, card.message_id, card.sent_at = "sent", 7, datetime.now(UTC)

    async def known(self, database: Database, visit: NewVisit) -> bool:
        async with database.reading() as session:
            return await session.get(Visit, visit.id) is not None

    async def row(self, database: Database, visit: NewVisit) -> Visit:
        async with database.reading() as session:
            return await session.get_one(Visit, visit.id)

    async def cards(self, database: Database, visit: NewVisit) -> dict[str, str]:
        """The state of everybody's card."""
        async with database.reading() as session:
            rows = await session.execute(
                select(Staff.name, Delivery.state).join(Staff).where(Delivery.visit_id == visit.id)
            )
            return dict(iter(rows))

    async def outcomes(self, database: Database, visit: NewVisit) -> dict[str, tuple[str, str | None]]:
        async with database.reading() as session:
            rows = await session.execute(
                select(Staff.name, Outcome.kind, Outcome.department).join(Staff).where(Outcome.visit_id == visit.id)
            )
            return {name: (kind, department) for name, kind, department in rows}

    async def statuses(self, database: Database) -> dict[str, str]:
        async with database.reading() as session:
            return {person.name: person.status for person in await staff.list_all(session)}

    async def notices(self, database: Database, kind: str) -> list[str]:
        """Whom one is written to."""
        async with database.reading() as session:
            rows = await session.scalars(select(Staff.name).join(Notice).where(Notice.kind == kind).order_by(Notice.id))
            return list(rows)

    async def close(self) -> None:
        for database in (self.far, self.near, self.local):
            await database.close()
        self.way.close()
