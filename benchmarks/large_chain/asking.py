"""`/stats` for 30 days of a chain that is filled: what a manager waits for, and which question takes that long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from amiko.config import Config
from bot.charts.report import Report, report, table
from bot.charts.spans import spans
from bot.periods import Period
from bot.shop import Shop
from bot.texts import speech
from db import shops
from db.engine import Database, connect
from db.statistics import figures

_DAYS = 30


@dataclass(frozen=True)
class Question:
    """One statement of `/stats`, how long it takes alone (ms), and how the server goes about it."""

    words: str
    ms: float
    plan: list[str]


class Manager:
    """Asks for the 30 days that end with `last`, as the bot's handler does when a manager writes `/stats`."""

    def __init__(self, config: Config, database: Database, last: date) -> None:
        self._shop = Shop(config, database)
        self._last = last
        self._period = Period("30d", last - timedelta(days=_DAYS - 1), last)
        self._speech = speech("en")

    async def all_shops(self, times: int) -> list[float]:
        """Milliseconds until the figures of all shops are in words, so many times."""
        return [(await self._timed(self._shop.everywhere()))[0] for _ in range(times)]

    async def one_shop(self, times: int) -> list[float]:
        """The same of one shop, each time another one."""
        return [(await self._timed(shop))[0] for shop in (await self._branches())[:times]]

    async def picture(self) -> float:
        """Milliseconds that the picture takes once the figures are there, however many visits they are of."""
        _, found = await self._timed(self._shop.everywhere())
        began = time.perf_counter()
        await found.png()
        return 1000 * (time.perf_counter() - began)

    async def rows(self) -> tuple[float, int]:
        """Milliseconds until the table of one shop is written, and its bytes (`/stats csv`)."""
        began = time.perf_counter()
        lines = await table((await self._branches())[0], self._period, self._speech)
        assert lines is not None
        return 1000 * (time.perf_counter() - began), len(lines)

    async def questions(self) -> list[Question]:
        """The statements of one `/stats` for all shops, each asked again alone."""
        engine = connect(self._shop.database.url)
        asked: list[tuple[str, Any]] = []

        @event.listens_for(engine.sync_engine, "before_cursor_execute")
        def _note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            asked.append((statement, parameters))

        try:
            async with AsyncSession(engine) as session:
                of = await spans(self._shop.everywhere(), session, self._period)
                asked.clear()
                await figures(session, of)
            statements = list(asked)
            async with engine.connect() as connection:
                return [await _explained(connection, *statement) for statement in statements]
        finally:
            await engine.dispose()

    async def _branches(self) -> list[Shop]:
        async with self._shop.database.reading() as session:
            return [self._shop.at(branch) for branch in await shops.list_all(session)]

    async def _timed(self, shop: Shop) -> tuple[float, Report]:
        began = time.perf_counter()
        found = await report(shop, self._period, self._speech, self._last)
        took = 1000 * (time.perf_counter() - began)
        assert isinstance(found, Report), found
        return took, found


async def _explained(connection: Any, statement: str, parameters: Any) -> Question:
    await connection.exec_driver_sql(statement, parameters)
    began = time.perf_counter()
    await connection.exec_driver_sql(statement, parameters)
    took = 1000 * (time.perf_counter() - began)
    plan = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", parameters)
    return Question(" ".join(statement.split()), took, [row[0] for row in plan])
