"""A period's report: asked of the database, put into words, drawn beside the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.charts.caption import caption
from bot.charts.chart import Chart
from bot.charts.child import drawn
from bot.charts.content import chart, till
from bot.charts.spans import spans
from bot.charts.table import Table
from bot.periods import Period, nobody
from bot.shop import Shop
from bot.texts import Speech
from db.journal import journal
from db.statistics import figures


@dataclass(frozen=True)
class Report:
    """A period that has visits, in words, ready to be drawn."""

    chart: Chart
    caption: str

    async def png(self) -> bytes:
        """The picture.

        Raises:
            ChartError: it could not be drawn.
        """
        return await drawn(self.chart)


async def report(shop: Shop, period: Period, t: Speech, today: date) -> Report | str:
    """The report of a period; where nobody came in, that in a sentence or two of plain text."""
    async with shop.database.reading() as session:
        told = await figures(session, await spans(shop, session, period))
    if not told.visits:
        sentence = nobody(period, t, today)
        return f"{sentence} {till(told, t)}." if told.at_till else sentence
    shown = chart(told, period, shop, t, today)
    return Report(shown, caption(shown, t))


async def table(shop: Shop, period: Period, t: Speech) -> bytes | None:
    """The visits of a period as a CSV file, None where nobody came."""
    lines, empty = Table(shop, t), True
    async with shop.database.reading() as session:
        async for rows in journal(session, await spans(shop, session, period)):
            lines.add(rows)
            empty = False
    return None if empty else lines.file()
