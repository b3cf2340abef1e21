"""A shop for each test: the simulator, a real database of either kind, and the bot talking to both over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from amiko import assemble
from amiko.config import Config
from bot.service import serve
from bot.simulator.server import Message, Person, Simulator
from db import nudge, staff, visits
from db.engine import Database
from db.models import Outcome, Staff, Visit
from db.visits import NewVisit
from tests.visits import new_visit

ANNA, BORIS, VERA = 1001, 1002, 1003
MIDDAY = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)  # 12:30 in Moscow


def jpeg() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (120, 160), "teal").save(picture, "JPEG")
    return picture.getvalue()


class Shop:
    """What a test does with the shop."""

    def __init__(self, simulator: Simulator, config: Config, database: Database) -> None:
        self.simulator = simulator
        self.config = config
        self.database = database
        self.serving = False
        self.home: int | None = None  # the shop that is meant without another, where there are several

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[asyncio.Task[None]]:
        """The bot, running as long as the block."""
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(self.config, self.database, stop))
        self.serving = True
        try:
            yield serving
        finally:
            self.serving = False
            stop.set()
            await serving

    def rules(self, **changes: Any) -> None:
        """Change the configuration's section `bot`, before the bot runs; times may be shorter than a shop may set."""
        self.config = self.config.model_copy(update={"bot": self.config.bot.model_copy(update=changes)})

    async def hire(self, name: str, telegram_id: int, **changes: Any) -> Staff:
        """An assistant who is signed in and waits, without a word to the bot."""
        async with self.database.session() as session:
            role, shop_id = changes.pop("role", "assistant"), changes.pop("shop_id", self.home)
            person = await staff.add(session, name, role, telegram_id=telegram_id, shop_id=shop_id)
            await staff.login(session, telegram_id=telegram_id, username=None, chat_id=telegram_id)
            await staff.set_status(session, person.id, changes.pop("status", "waiting"))
        # Telegram lets a bot write only to who wrote to it.
        if self.serving:
            await self.ask(telegram_id, "/start")
        else:
            await self.simulator.say(telegram_id, "/start")
        return person

    async def hire_many(self, count: int) -> dict[int, Staff]:
        """So many assistants who wait, by Telegram id."""
        ids = range(2000, 2000 + count)
        async with self.database.session() as session:
            people = {n: await staff.add(session, f"Продавец {n}", "assistant", telegram_id=n) for n in ids}
            for n, person in people.items():
                person.chat_id = n
                await staff.set_status(session, person.id, "waiting")
        for n in ids:
            await self.simulator.say(n, "/start")
        return people

    async def person(self, telegram_id: int) -> Staff:
        async with self.database.reading() as session:
            found = await staff.by_telegram(session, telegram_id)
        assert found is not None
        return found

    async def enters(self, *, nudged: bool = True, **changes: Any) -> NewVisit:
        """A visitor walks in."""
        shop_id = changes.pop("shop_id", self.home)
        visit = new_visit(MIDDAY, **{"snapshot": jpeg(), **changes})
        if visit.snapshot is not None:
            self.database.snapshots.write(visit.id, visit.snapshot)
        async with self.database.session() as session:
            await visits.record(session, visit, notify=True, offer=assemble.offer(self.config), shop_id=shop_id)
        if nudged:
            nudge.send(self.database.url)
        return visit

    async def status(self, telegram_id: int) -> str:
        return (await self.person(telegram_id)).status

    async def told(self, visit: NewVisit) -> visits.Told:
        async with self.database.reading() as session:
            (told,) = await visits.told(session, [visit.id])
        return told

    async def row(self, visit: NewVisit) -> Visit:
        async with self.database.reading() as session:
            return await session.get_one(Visit, visit.id)

    async def outcomes(self, visit: NewVisit) -> dict[int, tuple[str, str | None]]:
        """How a visit ended for each person, and the department that they said."""
        async with self.database.reading() as session:
            rows = await session.scalars(select(Outcome).where(Outcome.visit_id == visit.id))
            return {outcome.staff_id: (outcome.kind, outcome.department) for outcome in rows}

    async def takes(self, telegram_id: int) -> int:
        """Somebody takes the visitor of their newest card; its message id, once it has its new buttons."""
        card = await self.card(telegram_id)
        assert await self.press(telegram_id, card.message_id, "Беру") == "Посетитель ваш."
        await self.card(telegram_id, "✅ Посетитель ваш")
        return card.message_id

    async def ask(self, telegram_id: int, text: str) -> Message:
        """Say something and wait for the answer."""
        mine = await self.simulator.say(telegram_id, text)
        return await self.simulator.wait_for(
            telegram_id, lambda m: m.from_bot and m.message_id > mine.message_id and not m.inline
        )

    async def card(self, telegram_id: int, contains: str = "", after: int = 0) -> Message:
        """The newest card that says this, as soon as it does."""
        return await self.simulator.wait_for(
            telegram_id, lambda m: m.from_bot and m.message_id > after and bool(m.inline) and contains in m.text
        )

    async def closed(self, telegram_id: int, contains: str) -> Message:
        """The newest message without buttons that says this, as soon as it does."""
        return await self.simulator.wait_for(telegram_id, lambda m: m.from_bot and not m.inline and contains in m.text)

    async def press(self, telegram_id: int, message_id: int, label: str) -> str:
        """Press a button; the notice that it brings."""
        before = len(self.simulator.toasts(telegram_id))
        await self.simulator.press(telegram_id, message_id, label)
        return await self.toast(telegram_id, before)

    async def press_forged(self, telegram_id: int, data: str) -> str:
        """Press a button that the bot never made, with this callback data; the notice that it brings."""
        button = {"text": "forged", "callback_data": data}
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"{self.config.telegram.base_url}{self.simulator.token}/sendMessage",
                data={
                    "chat_id": telegram_id,
                    "text": "forged",
                    "reply_markup": json.dumps({"inline_keyboard": [[button]]}),
                },
            )
        return await self.press(telegram_id, answer.json()["result"]["message_id"], "forged")

    async def toast(self, telegram_id: int, before: int) -> str:
        await until(lambda: len(self.simulator.toasts(telegram_id)) > before)
        return self.simulator.toasts(telegram_id)[before].text

    def cards(self, telegram_id: int) -> list[Message]:
        return [m for m in self.simulator.messages(telegram_id) if m.photo or m.inline]

    def sends(self) -> int:
        return sum(request.method in {"sendphoto", "sendmessage"} for request in self.simulator.received)


async def until(true: Callable[[], Any], seconds: float = 60) -> None:
    """Wait until something (or what it awaits) has become true.

    Raises:
        TimeoutError: it has not.
    """
    async with asyncio.timeout(seconds):
        while True:
            answer = true()
            if await answer if isawaitable(answer) else answer:
                return
            await asyncio.sleep(0.01)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    people = [Person(ANNA, "Анна", "anna"), Person(BORIS, "Борис", "boris"), Person(VERA, "Вера", "vera", "manager")]
    people += [Person(2000 + n, f"Продавец {n}") for n in range(300)]
    async with Simulator(people) as simulator:
        yield simulator


@pytest.fixture
async def shop(simulator: Simulator, database_url: str) -> AsyncIterator[Shop]:
    config = Config.model_validate(
        {
            "store": {"name": "Дом & сад"},
            "database": {"url": database_url},
            "telegram": {
                "token": simulator.token,
                "base_url": simulator.base_url,
                "base_file_url": simulator.base_file_url,
            },
        }
    )
    database = Database(config.database.url)
    await assemble.settle(config, database)
    yield Shop(simulator, config, database)
    await database.close()


@pytest.fixture
async def open_shop(shop: Shop) -> AsyncIterator[Shop]:
    """The shop with its bot running."""
    async with shop.bot():
        yield shop


@pytest.fixture(name="until")
def _until() -> Callable[..., Any]:
    return until
