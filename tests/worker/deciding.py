"""A worker that needs no camera, as a process of its own: `python -m tests.worker.deciding URL SPOOL`.

It decides a visit five times a second, prints its id, and writes as `amiko worker` does, until SIGTERM.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from db import shops
from db.engine import Database
from tests.visits import new_visit
from worker.link import Link
from worker.pulse import Pulse, written_down
from worker.recorder import Recorder
from worker.spool import Ended, Spool
from worker.writer import Writer


async def main(url: str, spool: Path) -> None:
    """Decide, until told to stop."""
    database, stop = Database(url, patience_seconds=1), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def prepare() -> int:
        await database.upgrade()
        async with database.session() as session:
            return (await shops.settle(session, "Riga", "Europe/Riga")).id

    link = Link(prepare)
    writer = Writer(Recorder(database, "camera", None, "Riga"), Spool(spool, database.snapshots), link)
    async with written_down([Pulse("Entrance")], database, link), writer:
        while not stop.is_set():
            visit = new_visit(datetime.now(UTC))
            writer.put(visit)
            writer.put(Ended(visit.id, visit.last_seen, 30))
            print(visit.id, flush=True)
            await asyncio.sleep(0.2)
    await database.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
