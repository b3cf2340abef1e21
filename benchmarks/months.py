"""What a chain's months cost on PostgreSQL: the upgrade to them, the question for what is due, and their end.

    python benchmarks/months.py [--visits 60000] [--rounds 40]

A private server is filled with the year of 100 shops. The time of the question is the best of all rounds, in each of
which a visit comes and is told: with the plan that PostgreSQL keeps, and with one made anew each time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from benchmarks.large_chain.filling import DOORS, fill, found
from benchmarks.large_chain.telling import server_cpu
from db import migrate, outbox, partitions, visits
from db.engine import Database, connect
from tests.postgres_server import NoServerError, PostgresServer
from tests.visits import new_visit

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
DAYS, KEPT_DAYS = 365, 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=60_000, help="in the year (60000)")
    parser.add_argument("--rounds", type=int, default=40, help="of asking what is due (40)")
    options = parser.parse_args()
    try:
        server = PostgresServer(SETTINGS)
    except NoServerError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        asyncio.run(measure(server, options.visits, options.rounds))
    finally:
        server.close()
    return 0


async def measure(server: PostgresServer, number: int, rounds: int) -> None:
    """Fill a chain and print what its months cost."""
    now, database = datetime.now(UTC), Database(server.url())
    await database.upgrade()
    first_day = (now - timedelta(days=DAYS)).date()
    shop_ids = await found(database, first_day, DAYS)
    filled = await fill(server, "amiko", number, first_day, DAYS, 1)
    print(", ".join(f"{rows:,} {table}" for table, rows in filled.rows.items()))
    for mode, words in (("auto", "with the plan that is kept"), ("force_custom_plan", "planned anew each time")):
        print(f"what is due, {words}: {await due_ms(database, shop_ids, rounds, mode):.1f} ms")
    await _run(server, number, "back to one table each", command.downgrade, "0009")
    await _run(server, number, "the upgrade to months", command.upgrade, "head")
    began = time.monotonic()
    gone = await partitions.drop_before(database, now - timedelta(days=KEPT_DAYS))
    print(f"dropping {gone:,} visits: {time.monotonic() - began:.2f} s")
    await database.close()


async def due_ms(database: Database, shop_ids: list[int], rounds: int, mode: str) -> float:
    """The best time of asking what is due while one card is, in one of PostgreSQL's modes of keeping plans."""
    taken = []
    for number in range(rounds):
        visit = new_visit(datetime.now(UTC), camera=DOORS[0])
        async with database.session() as session:
            await visits.record(session, visit, notify=True, shop_id=shop_ids[number % len(shop_ids)])
        async with database.reading() as session:
            await session.execute(text("SELECT set_config('plan_cache_mode', :mode, true)"), {"mode": mode})
            began = time.perf_counter()
            (card,) = await outbox.due(session, datetime.now(UTC), 60)
            taken.append(1000 * (time.perf_counter() - began))
        async with database.session() as session:
            await outbox.mark_sent(session, card.id, message_id=1, photo=False)
    return min(taken)


async def _run(server: PostgresServer, number: int, words: str, how: Callable[[Config, str], None], to: str) -> None:
    """Run a migration and print what it takes."""
    assert server.process is not None
    engine, began, used = connect(server.url(), foreign_keys=False), time.monotonic(), server_cpu(server.process.pid)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: how(migrate.configuration(sync), to))
    await engine.dispose()
    seconds, used = time.monotonic() - began, server_cpu(server.process.pid) - used
    millions = number / 1e6
    print(f"{words}: {seconds:.1f} s, per million visits {seconds / millions:.0f} s, {used / millions:.0f} s of a core")


if __name__ == "__main__":
    sys.exit(main())
