"""How long from a visit's commit to its card at the Bot API server: `python -m benchmarks.notify [--visits N]`.

Three processes, as in a shop: this one is the Bot API server (the simulator), one runs the bot, one commits visits
the way the worker does. One assistant is waiting; visits come at random intervals around --pause, below the limit
of 30 messages a second.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from PIL import Image

from amiko.config import Config
from bot.service import serve
from bot.simulator.server import Simulator
from db import nudge, staff, visits
from db.engine import Database

ASSISTANT = 1001


def run_bot(config: Config, stop: Event) -> None:
    async def main() -> None:
        database = Database(config.database.url)
        stopping = asyncio.Event()
        serving = asyncio.create_task(serve(config, database, stopping))
        await asyncio.to_thread(stop.wait)
        stopping.set()
        await serving
        await database.close()

    asyncio.run(main())


def run_worker(url: str, count: int, pause: float, commits: Connection) -> None:
    picture = io.BytesIO()
    Image.effect_noise((320, 400), 60).convert("RGB").save(picture, "JPEG", quality=80)

    async def main() -> None:
        database = Database(url)
        for _ in range(count):
            async with database.session() as session:
                await visits.record(session, new_visit(picture.getvalue()), notify=True)
            committed = time.time()
            nudge.send(url)
            commits.send(committed)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        await database.close()

    asyncio.run(main())


def new_visit(snapshot: bytes) -> visits.NewVisit:
    now = datetime.now(UTC)
    return visits.NewVisit(
        id=str(uuid.uuid4()),
        camera="Entrance",
        origin="camera",
        first_seen=now,
        decided_at=now,
        last_seen=now,
        faces=5,
        age_mean=31.0,
        age_low=25,
        age_high=38,
        age_band="25-34",
        gender="female",
        p_female=0.9,
        attire_labels=["dress"],
        attire_scores={"dress": 0.8},
        department="cosmetics",
        department_p=0.4,
        ranking=[("cosmetics", 0.4), ("kids", 0.3)],
        reason="3 good faces agree",
        snapshot=snapshot,
    )


async def prepare(config: Config) -> None:
    database = Database(config.database.url)
    await database.upgrade()
    async with database.session() as session:
        await staff.add(session, "Anna", "assistant", telegram_id=ASSISTANT)
    await database.close()


async def measure(count: int, pause: float, folder: str) -> list[float]:
    """Milliseconds for each visit, in their order."""
    spawn = multiprocessing.get_context("spawn")
    async with Simulator() as simulator:
        config = Config.model_validate(
            {
                "database": {"url": f"sqlite+aiosqlite:///{folder}/amiko.db"},
                "telegram": {
                    "token": simulator.token,
                    "base_url": simulator.base_url,
                    "base_file_url": simulator.base_file_url,
                },
            }
        )
        await prepare(config)
        stop = spawn.Event()
        bot = spawn.Process(target=run_bot, args=(config, stop))
        bot.start()
        for command in ("/login", "/wait"):
            seen = len(simulator.messages(ASSISTANT))
            await simulator.say(ASSISTANT, command)
            await simulator.wait_for(
                ASSISTANT, lambda m, seen=seen: m.from_bot and len(simulator.messages(ASSISTANT)) > seen + 1
            )
        mine, theirs = spawn.Pipe()
        worker = spawn.Process(target=run_worker, args=(config.database.url, count, pause, theirs))
        worker.start()
        committed = [await asyncio.to_thread(mine.recv) for _ in range(count)]
        await asyncio.sleep(2)
        stop.set()
        for process in (worker, bot):
            await asyncio.to_thread(process.join)
        arrived = [request.at for request in simulator.received if request.method == "sendphoto"]
    if len(arrived) != count:
        sys.exit(f"{count} visits were committed, {len(arrived)} cards arrived")
    return [1000 * (there - here) for here, there in zip(committed, arrived, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.15, help="seconds between visits, on average")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(measure(options.visits, options.pause, folder))
    print(f"commit → card at the Bot API server, {len(took)} visits, one waiting assistant, photo cards")
    print(
        f"median {statistics.median(took):.1f} ms, p90 {quantile(took, 0.9):.1f} ms, "
        f"p99 {quantile(took, 0.99):.1f} ms, worst {max(took):.1f} ms"
    )


def quantile(values: list[float], q: float) -> float:
    """The smallest value that at least a share q of the values does not exceed."""
    return sorted(values)[max(0, -(-int(q * 1000) * len(values) // 1000) - 1)]


if __name__ == "__main__":
    main()
