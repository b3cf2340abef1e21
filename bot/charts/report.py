"""A period's report: asked of the database, put into words, drawn beside the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from bot.charts.caption import caption
from bot.charts.content import Chart, chart
from bot.charts.table import Table
from bot.periods import Period
from bot.shop import Shop
from bot.texts import Speech
from db.journal import journal
from db.statistics import figures

_PEN = ThreadPoolExecutor(1, thread_name_prefix="charts")


@dataclass(frozen=True)
class Report:
    """A period that has visits, in words, ready to be drawn."""

    chart: Chart
    caption: str

    async def png(self) -> bytes:
        """The picture; drawn beside the event loop, one after the other, so that cards go out meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(_PEN, _draw, self.chart)


async def report(shop: Shop, period: Period, t: Speech, today: date) -> Report | None:
    """The report of a period, None where nobody came."""
    slots = period.slots(shop.timezone)
    async with shop.database.reading() as session:
        told = await figures(session, [*(slot.start for slot in slots), slots[-1].until])
    if not told.visits:
        return None
    drawn = chart(told, period, shop, t, today)
    return Report(drawn, caption(drawn, t))


async def table(shop: Shop, period: Period, t: Speech) -> bytes | None:
    """The visits of a period as a CSV file, None where nobody came."""
    lines, empty = Table(shop, t), True
    async with shop.database.reading() as session:
        async for rows in journal(session, *period.bounds(shop.timezone)):
            lines.add(rows)
            empty = False
    return None if empty else lines.file()


def _draw(content: Chart) -> bytes:
    # matplotlib takes half a second to import, which the bot's start need not wait for.
    from bot.charts.drawing import draw

    return draw(content)
