"""A running bot keeps the figures of a chain folded."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlalchemy import func, select

from bot.service import serve
from db.rollup_models import VisitChange, VisitHour
from tests.databases import ON_POSTGRES
from tests.past import came


@ON_POSTGRES
async def test_what_visits_have_noted_is_folded_beside_the_bot(shop) -> None:
    for _ in range(3):
        await came(shop.database, datetime(2026, 5, 4, 12, 30, tzinfo=UTC))
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(shop.config, shop.database, stop))
    async with asyncio.timeout(30):
        while await _found(shop.database, func.count(VisitChange.id)):  # noqa: ASYNC110  # the database tells nobody
            await asyncio.sleep(0.1)
    stop.set()
    await serving
    assert await _found(shop.database, func.sum(VisitHour.number)) == 3


async def _found(database, what) -> int:
    async with database.reading() as session:
        return await session.scalar(select(what)) or 0
