"""Learning from outcomes as a program, for the night: told what to do on standard input, it prints what came of it."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from amiko.config.routing import RoutingConfig
from bot.learning.training import train
from db.engine import Database


async def _main() -> None:
    """Learn as told ({"database": URL, "routing": that section of config.yaml}), and print a sentence; both JSON."""
    told = json.loads(sys.stdin.buffer.read())
    database = Database(told["database"])
    try:
        verdicts = await train(database, RoutingConfig.model_validate(told["routing"]).as_departments())
    finally:
        await database.close()
    sys.stdout.write(json.dumps({"sentence": "; ".join(one.sentence for one in verdicts)}, ensure_ascii=False))


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)  # cards go first
    asyncio.run(_main())
