"""Several bots that are called are one bot to Telegram, and keep to its 30 messages a second together."""

from __future__ import annotations

import asyncio

from db.nudge import Nudges
from tests.bot.test_killed_bot import kill
from tests.bot.test_shared_outbox import start
from tests.databases import ON_POSTGRES

CROWD = 90


def sent(shop) -> list[float]:
    """When each card came."""
    return [request.at for request in shop.simulator.received if request.method == "sendphoto"]


@ON_POSTGRES  # SQLite is served by one
async def test_two_bots_send_as_fast_as_one_may_and_no_faster(shop, until) -> None:
    for n in range(CROWD):
        await shop.hire(f"Продавец {n}", 2000 + n)
    bots = [start(shop) for _ in range(2)]
    async with Nudges(shop.database.url, alone=False) as nudges:  # which counts as one itself, until it has gone
        await until(lambda: nudges.bots == 3, 60)
    await asyncio.sleep(5)

    await shop.enters()
    await until(lambda: len(sent(shop)) == CROWD, 60)
    for bot in bots:
        await kill(bot)

    at = sent(shop)
    assert max(sum(begin <= one < begin + 1 for one in at) for begin in at) <= 31  # one may be late
    assert at[-1] - at[0] < CROWD / 30 + 2.9  # at half the pace it would be more
