"""SIGKILL at any moment: no visit without its card once the bot is back, and at most one repeated card per kill."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter

ANNA = 1001

BOT = """
import asyncio, sys
from amiko.config import Config
from bot.service import serve
from db.engine import Database

async def main():
    url, token, base_url = sys.argv[1:]
    config = Config(database={"url": url}, telegram={"token": token, "base_url": base_url})
    print("up", flush=True)
    await serve(config, Database(url), asyncio.Event())

asyncio.run(main())
"""


async def test_a_bot_killed_again_and_again_loses_no_card(shop, until) -> None:
    await shop.hire("Анна", ANNA)
    visits, kills, dice = [], 4, random.Random(7)
    for round_ in range(kills + 1):
        bot = await start(shop)
        for _ in range(12):
            visits.append(await shop.enters(camera=f"Door {len(visits)}"))
            await asyncio.sleep(dice.uniform(0, 0.01))
        if round_ < kills:
            # In the middle of the sending: as soon as one more card than before has come in.
            cards = len(shop.cards(ANNA))
            await until(lambda cards=cards: len(shop.cards(ANNA)) > cards, 20)
            await asyncio.sleep(dice.uniform(0, 0.03))
            bot.kill()
            await bot.wait()

    await until(lambda: len(doors(shop)) == len(visits), 20)
    bot.kill()
    await bot.wait()

    assert sum(doors(shop).values()) <= len(visits) + kills


async def start(shop) -> asyncio.subprocess.Process:
    telegram = shop.config.telegram
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BOT, shop.config.database.url, shop.simulator.token, telegram.base_url),
        stdout=asyncio.subprocess.PIPE,
    )
    assert bot.stdout is not None
    assert await bot.stdout.readline() == b"up\n"
    return bot


def doors(shop) -> Counter[str]:
    """How many cards each visit has in the chat."""
    return Counter(card.text.split("\n")[-1].split(",")[0] for card in shop.cards(ANNA))
