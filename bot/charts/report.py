"""A period's report: asked of the database, put into words, drawn beside the bot."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from datetime import date

from bot.charts.caption import caption
from bot.charts.chart import CHART, Chart
from bot.charts.content import chart
from bot.charts.table import Table
from bot.periods import Period
from bot.shop import Shop
from bot.texts import Speech
from db.journal import journal
from db.statistics import figures

_LONGEST_SECONDS = 30.0


class ChartError(Exception):
    """A picture that could not be drawn; the message says what its process said."""


@dataclass(frozen=True)
class Report:
    """A period that has visits, in words, ready to be drawn."""

    chart: Chart
    caption: str

    async def png(self) -> bytes:
        """The picture.

        Drawn by a process of its own: in a thread of the bot's, a card that is due meanwhile would wait for the
        interpreter's lock, a quarter of a second at worst.

        Raises:
            ChartError: it could not be drawn.
        """
        drawing = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.charts.drawing", stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                png, complaint = await drawing.communicate(CHART.dump_json(self.chart))
        except TimeoutError:
            raise ChartError(f"the picture was not drawn within {_LONGEST_SECONDS:g} s") from None
        finally:
            if drawing.returncode is None:
                drawing.kill()
                await drawing.wait()
        if drawing.returncode != 0:
            raise ChartError(f"the picture could not be drawn: {complaint.decode(errors='replace').strip()}")
        return png


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
