"""Visits that come in while a chain's year lies in the database: insert → NOTIFY → card at the Bot API server.

Workers (two processes, ten connections each) record visits by the clock, as `worker.recorder` does, whether or not the
ones before are through; notifiers are processes of their own, the first with the bot's shift; the Bot API server is in
ours. One assistant waits in each shop, and cards have no pictures. Telegram's limits (30 messages a second for one bot)
are off in the server and in the notifiers, so that what is measured is what database and bot could do.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import delete, update

from amiko.config import Config
from benchmarks.endurance.processes import TICKS, Family, cpu_seconds
from benchmarks.large_chain.filling import ASSISTANTS, DOORS, FIRST_CHAT
from bot.application import build
from bot.delivery.limiter import Limiter
from bot.delivery.pace import Pace
from bot.keyboards import read_press
from bot.notifier import Notifier
from bot.shift import Shift
from bot.shop import Shop
from bot.simulator.server import Person, Simulator
from bot.standing import leave_standing
from db import visits
from db.engine import Database
from db.models import Delivery, Notice, Visit
from db.nudge import Nudges
from tests.postgres_server import PostgresServer
from tests.visits import new_visit

WORKERS = 2
_START_SECONDS = 8.0
_WARM_SECONDS = 2.0
"""Visits come for so long before any is counted, as workers and bots that run have their connections open."""
_PATIENCE_SECONDS = 60.0
_LATE_SECONDS = 20.0
"""How long the last cards are waited for."""

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Recorded:
    """A visit: when it was to be inserted, when that began, when it was committed (time.time())."""

    id: str
    due: float
    began: float
    committed: float


@dataclass(frozen=True)
class Told:
    """How a stream of visits went.

    Attributes:
        visits: how many were recorded and are counted.
        lost: how many of them had no card 20 s after the last.
        waits: milliseconds that a visit waited for a free connection, from when it was to be inserted.
        inserts: milliseconds from then to the commit.
        cards: milliseconds from the commit to the card's request at the Bot API server.
        whole: milliseconds from when it was to be inserted to the card.
        seconds: from the first visit to the last card.
        cpu: milliseconds that notifiers, workers, PostgreSQL and the Bot API server (with this process) used for each
            visit, those included that came first and are not counted.
    """

    visits: int
    lost: int
    waits: list[float]
    inserts: list[float]
    cards: list[float]
    whole: list[float]
    seconds: float
    cpu: dict[str, float]


class Unlimited(Pace):
    """A pace that never waits."""

    def room(self) -> int:
        """As many as the notifier can."""
        return 10_000

    def resting(self) -> set[int]:
        """No chat."""
        return set()

    def pause(self, longest: float) -> float:
        """Nothing changes here."""
        return longest

    def take(self, chat_id: int) -> float:
        """Count nothing."""
        return 0.0

    def give_back(self, chat_id: int, at: float) -> None:
        """There is nothing to count no longer."""


class Telegram:
    """The Bot API server of a chain, and how its cards came."""

    def __init__(self, chats: Sequence[int]) -> None:
        self.simulator = Simulator([Person(chat, f"Assistant {chat}") for chat in chats])
        self._chats = chats

    async def known(self) -> None:
        """Everybody has written to the bot once."""
        for chat in self._chats:
            await self.simulator.say(chat, "/start")

    def cards(self) -> int:
        """How many have come."""
        return sum(request.method == "sendmessage" and request.status == 200 for request in self.simulator.received)

    def arrivals(self) -> dict[str, float]:
        """When each visit's first card came."""
        sent = defaultdict(list)
        for request in self.simulator.received:
            if request.method == "sendmessage" and request.status == 200:
                sent[request.chat_id].append(request.at)
        came: dict[str, float] = {}
        for chat in self._chats:
            messages = [message for message in self.simulator.messages(chat) if message.from_bot]
            for message, at in zip(messages, sent[chat], strict=True):
                if message.inline and (press := read_press(message.inline[0][0].get("callback_data"))):
                    came.setdefault(press.visit_id, at)
        return came


async def tell(
    server: PostgresServer, url: str, shop_ids: Sequence[int], rate: float, seconds: float, notifiers: int
) -> Told:
    """Record so many visits a second, and wait for their cards."""
    telegram = Telegram([FIRST_CHAT + place * ASSISTANTS for place in range(len(shop_ids))])
    async with telegram.simulator as simulator:
        await telegram.known()
        stop = _spawn.Event()
        bots = [await _bot(config_of(url, simulator), number, notifiers, stop) for number in range(notifiers)]
        before = used_by(bots, server)
        start = time.time() + _START_SECONDS
        times = range(-round(rate * _WARM_SECONDS), round(rate * seconds))
        plan = [(start + n / rate, shop_ids[n % len(shop_ids)]) for n in times]
        workers = []
        for number in range(WORKERS):
            mine, theirs = _spawn.Pipe()
            process = _spawn.Process(target=run_worker, args=(url, plan[number::WORKERS], theirs), daemon=True)
            process.start()
            workers.append((process, mine))
        answers = [await asyncio.to_thread(mine.recv) for _, mine in workers]
        recorded: list[Recorded] = [one for done, _ in answers for one in done]
        give_up = time.time() + _LATE_SECONDS
        while telegram.cards() < len(recorded) and time.time() < give_up:  # noqa: ASYNC110  # the server announces none
            await asyncio.sleep(0.1)
        used = {who: spent - before[who] for who, spent in used_by(bots, server).items()}
        used["workers"] = sum(spent for _, spent in answers)
        stop.set()
        for bot in bots:
            await asyncio.to_thread(bot.join)
        for process, _ in workers:
            await asyncio.to_thread(process.join)
        await _settle(url)
        cpu = {who: 1000 * spent / len(recorded) for who, spent in used.items()}
        return _told([one for one in recorded if one.due >= start], telegram.arrivals(), cpu)


async def _settle(url: str) -> None:
    """Close what is open, so that nothing of it is told among the next visits."""
    database = Database(url)
    async with database.session() as session:
        await session.execute(update(Visit).where(Visit.state == "offered").values(state="missed"))
        await session.execute(update(Delivery).where(Delivery.state == "pending").values(state="expired"))
        await session.execute(update(Delivery).where(Delivery.edit_due).values(edit_due=False))
        await session.execute(delete(Notice))
    await database.close()


def config_of(url: str, simulator: Simulator) -> Config:
    """The configuration of the chain's bot."""
    telegram = {
        "token": simulator.token,
        "base_url": simulator.base_url,
        "base_file_url": simulator.base_file_url,
    }
    return Config.model_validate({"store": {"name": "Shop 1"}, "database": {"url": url}, "telegram": telegram})


async def _bot(config: Config, number: int, notifiers: int, stop: Event) -> BaseProcess:
    """A notifier that is ready."""
    ready = _spawn.Event()
    bot = _spawn.Process(target=run_bot, args=(config, number, notifiers, ready, stop), daemon=True)
    bot.start()
    if not await asyncio.to_thread(ready.wait, _PATIENCE_SECONDS):
        raise TimeoutError("the bot does not start")
    return bot


def used_by(bots: Sequence[BaseProcess], server: PostgresServer) -> dict[str, float]:
    """CPU seconds so far, but those of the workers."""
    assert server.process is not None
    return {
        "notifiers": sum(cpu_seconds(bot.pid or 0) for bot in bots),
        "PostgreSQL": server_cpu(server.process.pid),
        "Bot API server": time.process_time(),
    }


def _told(recorded: Sequence[Recorded], came: dict[str, float], cpu: dict[str, float]) -> Told:
    arrived = [(one, came[one.id]) for one in recorded if one.id in came]
    return Told(
        visits=len(recorded),
        lost=len(recorded) - len(arrived),
        waits=[1000 * (one.began - one.due) for one in recorded],
        inserts=[1000 * (one.committed - one.due) for one in recorded],
        # The card can be there before the worker hears of its own commit.
        cards=[1000 * max(0.0, at - one.committed) for one, at in arrived],
        whole=[1000 * (at - one.due) for one, at in arrived],
        seconds=max((at for _, at in arrived), default=0.0) - min(one.due for one in recorded),
        cpu=cpu,
    )


def server_cpu(postmaster: int) -> float:
    """CPU time that a PostgreSQL server has used: its processes that run, and those that have ended (s)."""
    ended = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()[13:15]
    running = [postmaster, *Family(postmaster).descendants()]
    return sum(map(int, ended)) / TICKS + sum(cpu_seconds(pid) for pid in running)


def run_bot(config: Config, number: int, notifiers: int, ready: Event, stop: Event) -> None:
    """A notifier, one of so many; the first brings the bot's shift along."""

    async def main() -> None:
        database = Database(config.database.url)
        application, shop = build(config, database), Shop(config, database)
        limiter = application.bot.rate_limiter
        assert isinstance(limiter, Limiter)
        limiter.pace = Unlimited()
        async with Nudges(config.database.url, alone=notifiers == 1) as nudges:
            await application.initialize()
            leave_standing()
            running = [asyncio.create_task(Notifier(application.bot, shop, nudges).run())]
            if number == 0:
                running.append(asyncio.create_task(Shift(shop).run()))
            ready.set()
            await asyncio.to_thread(stop.wait)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await application.shutdown()
        await database.close()

    asyncio.run(main())


def run_worker(url: str, plan: Sequence[tuple[float, int]], answer: Connection) -> None:
    """Record visits when each is due, in these shops."""

    async def main() -> None:
        # A worker keeps what cannot be written yet, and tries again; here it waits.
        database = Database(url, patience_seconds=_PATIENCE_SECONDS)
        tasks: list[asyncio.Task[Recorded]] = []
        for due, shop_id in plan:
            await asyncio.sleep(max(0.0, due - time.time()))
            tasks.append(asyncio.create_task(_record(database, due, shop_id)))
        answer.send((await asyncio.gather(*tasks), time.process_time() - used))
        await database.close()

    used = time.process_time()
    asyncio.run(main())


async def _record(database: Database, due: float, shop_id: int) -> Recorded:
    visit = new_visit(datetime.now(UTC), camera=DOORS[0], age_bands=[0.0, 0.01, 0.2, 0.5, 0.2, 0.05, 0.03, 0.01])
    async with database.session() as session:
        await session.connection()
        began = time.time()
        await visits.record(session, visit, notify=True, shop_id=shop_id)
    return Recorded(visit.id, due, began, time.time())
