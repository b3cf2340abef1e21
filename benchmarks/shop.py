"""A shop to measure: the Bot API server here, the bot and the worker in processes of their own."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from PIL import Image
from sqlalchemy import update

from amiko.config import Config
from bot.service import serve
from bot.simulator.server import Limits, Person, Request, Simulator
from db import nudge, staff, visits
from db.engine import Database
from db.models import Staff
from tests.visits import new_visit

FIRST_CHAT = 2000
_spawn = multiprocessing.get_context("spawn")


class Shop:
    """The simulator, the database and the two other processes."""

    def __init__(self, simulator: Simulator, config: Config, work: Connection) -> None:
        self.simulator = simulator
        self.database = Database(config.database.url)
        self._work = work

    async def wait_only(self, chats: Sequence[int]) -> None:
        """Let these be waiting, the first the longest, and nobody else."""
        began = datetime.now(UTC) - timedelta(hours=1)
        async with self.database.session() as session:
            await session.execute(update(Staff).values(status="off", waiting_since=None))
            for n, chat in enumerate(chats):
                since = {"status": "waiting", "waiting_since": began + timedelta(seconds=n)}
                await session.execute(update(Staff).where(Staff.chat_id == chat).values(since))

    async def visitor(self) -> tuple[str, float]:
        """The worker commits a visit; its id and when that was done."""
        self._work.send("visit")
        visit_id, committed = await asyncio.to_thread(self._work.recv)
        return visit_id, committed

    async def cards(self, since: float, number: int, seconds: float = 60) -> list[Request]:
        """The first so many cards that came after an instant."""
        async with asyncio.timeout(seconds):
            while True:
                arrived = [r for r in self.simulator.received if r.method == "sendphoto" and r.at >= since]
                if len(arrived) >= number:
                    return arrived
                await asyncio.sleep(0.005)


@asynccontextmanager
async def open_shop(assistants: int, folder: str) -> AsyncIterator[Shop]:
    """A shop whose assistants are signed in."""
    chats = range(FIRST_CHAT, FIRST_CHAT + assistants)
    people = [Person(chat, f"Assistant {chat}") for chat in chats]
    async with Simulator(people, limits=Limits()) as simulator:
        config = Config.model_validate(
            {
                "database": {"url": f"sqlite+aiosqlite:///{folder}/amiko.db"},
                "telegram": {
                    "token": simulator.token,
                    "base_url": simulator.base_url,
                    "base_file_url": simulator.base_file_url,
                },
            }
        )
        mine, theirs = _spawn.Pipe()
        shop = Shop(simulator, config, mine)
        await shop.database.upgrade()
        async with shop.database.session() as session:
            for person in people:
                await staff.add(session, person.first_name, "assistant", telegram_id=person.id)
                await staff.login(session, telegram_id=person.id, username=None, chat_id=person.id)
        stop = _spawn.Event()
        processes = [
            _spawn.Process(target=run_bot, args=(config, stop)),
            _spawn.Process(target=run_worker, args=(config.database.url, theirs)),
        ]
        for process in processes:
            process.start()
        for chat in chats:  # Telegram lets a bot write only to who has written to it
            await simulator.say(chat, "/start")
        for chat in chats:
            await simulator.wait_for(chat, lambda message: message.from_bot, 120)
        await asyncio.sleep(4)  # until every chat's allowance is whole again
        yield shop
        stop.set()
        mine.send("stop")
        for process in processes:
            await asyncio.to_thread(process.join)
        await shop.database.close()


def run_bot(config: Config, stop: Event) -> None:
    async def main() -> None:
        database = Database(config.database.url)
        stopping = asyncio.Event()
        serving = asyncio.create_task(serve(config, database, stopping))
        await asyncio.to_thread(stop.wait)
        stopping.set()
        await serving
        await database.close()

    asyncio.run(main())


def run_worker(url: str, work: Connection) -> None:
    picture = io.BytesIO()
    Image.effect_noise((320, 400), 60).convert("RGB").save(picture, "JPEG", quality=80)

    async def main() -> None:
        database = Database(url)
        while await asyncio.to_thread(work.recv) != "stop":
            visit = new_visit(datetime.now(UTC), snapshot=picture.getvalue())
            database.snapshots.write(visit.id, picture.getvalue())
            async with database.session() as session:
                await visits.record(session, visit, notify=True)
            committed = time.time()
            nudge.send(url)
            work.send((visit.id, committed))
        await database.close()

    asyncio.run(main())
