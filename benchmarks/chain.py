"""A chain's year on PostgreSQL: how large, how fast its figures, how fast its cards, and does cost grow linearly?

    python benchmarks/chain.py [--share 0.01 0.1] [--rate 200] [--seconds 20] [--notifiers 1] [--calls 20] [--plans]
    python benchmarks/chain.py --share 1 --days 31 --rate 30    # as dense as a whole year, as long as /stats looks

100 shops on seven clocks have 30 million visits in a year; `--share 1` is all of them (tens of GB, and hours). For each
share a private PostgreSQL server gets a new database, durable as by default and with 1 GB of shared buffers.
`/stats` is measured as the bot's handler asks, to the words; the picture is drawn by another process and told apart.
Then visits come in at `--rate` a second. `--plans` prints how the server goes about each question of the largest share.

Goals: `/stats` of all shops for 30 days p99 ≤ 300 ms, insert → card p99 ≤ 150 ms. Exit status 1 where one is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import signal
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from amiko.config import Config
from benchmarks.large_chain.asking import Manager, Question
from benchmarks.large_chain.counting import Counting, counting
from benchmarks.large_chain.filling import FIGURES, SHOPS, TABLES, YEAR_DAYS, Filled, fill, found
from benchmarks.large_chain.telling import Told, server_cpu, tell
from db.engine import Database
from tests.postgres_server import NoServerError, PostgresServer

YEAR = 30_000_000
STATS_GOAL_MS = 300.0
CARD_GOAL_MS = 150.0
SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "effective_cache_size": "8GB",
    "checkpoint_timeout": "5min",
}
DATABASE = "chain"


@dataclass(frozen=True)
class Size:
    """What one share of a year's visits costs; times of `/stats` in ms."""

    share: float
    filled: Filled
    all_shops: list[float]
    one_shop: list[float]
    told: list[tuple[float, Told]]

    @property
    def missed(self) -> bool:
        """Whether a goal is."""
        slow = quantile(self.all_shops, 0.99) > STATS_GOAL_MS
        return slow or any(told.lost or quantile(told.whole, 0.99) > CARD_GOAL_MS for _, told in self.told)


async def measure(server: PostgresServer, share: float, options: argparse.Namespace) -> Size:
    """Fill a new database, ask it, have visits come in, and print what comes of it."""
    url = server.url(DATABASE)
    database = Database(url)
    await database.upgrade()
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    first_day = yesterday - timedelta(days=options.days - 1)
    shop_ids = await found(database, first_day, options.days)
    visits = round(YEAR * share * options.days / YEAR_DAYS)
    filled = await fill(server, DATABASE, visits, first_day, options.days, options.seed)
    print_filled(share * options.days / YEAR_DAYS, filled)

    config = Config.model_validate({"store": {"name": "Shop 1"}, "database": {"url": url}})
    manager = Manager(config, database, yesterday)
    await manager.all_shops(2)
    assert server.process is not None
    used = server_cpu(server.process.pid)
    all_shops = await manager.all_shops(options.calls)
    used = 1000 * (server_cpu(server.process.pid) - used) / options.calls
    one_shop = await manager.one_shop(options.calls)
    table_ms, size = await manager.rows()
    print(f"/stats for 30 days, {options.calls} calls")
    print(f"  all shops  {told_of(all_shops)} (goal p99 {STATS_GOAL_MS:.0f} ms); CPU of PostgreSQL {used:.0f} ms each")
    print(f"  one shop   {told_of(one_shop)}; its table {table_ms:.0f} ms, {size / 1e6:.1f} MB")
    print(f"  the picture, drawn by another process: {await manager.picture():.0f} ms more", flush=True)
    print_questions(await manager.questions(), plans=options.plans and share == max(options.share))

    print_counting(await counting(database))
    told = []
    for rate in options.rate:
        told.append((rate, await tell(server, url, shop_ids, rate, options.seconds, options.notifiers)))
        print_told(*told[-1])
        print(f"/stats of all shops now, not folded: {told_of(await manager.all_shops(options.calls))}")
        print_counting(await counting(database))
    await database.close()
    return Size(share, filled, all_shops, one_shop, told)


def print_filled(share: float, filled: Filled) -> None:
    """Rows, seconds and gigabytes."""
    millions = filled.visits / 1e6
    print(f"\n== {share:.3g} of a year: {', '.join(f'{filled.rows[table]:,} {table}' for table in TABLES)}")
    print(f"filled in {filled.seconds:.0f} s ({filled.visits / filled.seconds:,.0f} visits a second)", end="; ")
    print(f"figures counted in {filled.counting:.0f} s")
    print(
        f"on disk {filled.bytes['all'] / 1e9:.2f} GB, {filled.bytes['all'] / 1e9 / millions:.2f} GB per million visits"
    )
    parts = ", ".join(f"{table} {filled.bytes[table] / 1e9 / millions:.2f}" for table in TABLES)
    print(f"  of each million: {parts} (indexes of visits {filled.indexes / 1e9 / millions:.2f})")
    kept = ", ".join(f"{filled.rows[table]:,} {table}" for table in FIGURES)
    print(f"  figures: {sum(filled.bytes[table] for table in FIGURES) / 1e6:.0f} MB ({kept})", flush=True)


def print_counting(found: Counting) -> None:
    """What it costs that figures are kept."""
    print(f"a visit's three statements: {found.plain:.2f} ms, {found.counted:.2f} ms with its figures", end="; ")
    print(f"{found.notes} notes folded in {found.fold:.0f} ms", flush=True)


def print_questions(questions: Sequence[Question], *, plans: bool) -> None:
    """Where the time of /stats goes."""
    print(f"  its {len(questions)} questions, each alone:")
    for question in questions:
        print(f"    {question.ms:8.1f} ms  {shortened(question.words)}")
    for question in questions if plans else ():
        print(f"\n{shortened(question.words)}")
        print("\n".join(f"    {line}" for line in question.plan))


def print_told(rate: float, told: Told) -> None:
    """How visits went to their cards."""
    print(f"{told.visits} visits, {rate:g} a second; last card after {told.seconds:.1f} s, without a card: {told.lost}")
    print(f"  insert → commit  {told_of(told.inserts)} (of that, for a free connection {told_of(told.waits)})")
    if told.whole:
        print(f"  commit → card    {told_of(told.cards)}")
        print(f"  insert → card    {told_of(told.whole)} (goal p99 {CARD_GOAL_MS:.0f} ms)")
    parts = ", ".join(f"{name} {ms:.1f}" for name, ms in told.cpu.items())
    print(f"  CPU of a visit and its card: {sum(told.cpu.values()):.1f} ms ({parts})", flush=True)


def print_growth(sizes: Sequence[Size]) -> None:
    """How cost grows from one share to the next."""
    for small, large in pairwise(sizes):
        times = large.filled.visits / small.filled.visits
        print(f"\n{times:g} times the visits:", end=" ")
        print(f"{large.filled.seconds / small.filled.seconds:.1f} times as long to fill,", end=" ")
        print(f"{large.filled.bytes['all'] / small.filled.bytes['all']:.1f} times the disk,", end=" ")
        print(
            f"/stats of all {ratio(large.all_shops, small.all_shops)}, of one {ratio(large.one_shop, small.one_shop)}"
        )


def ratio(large: list[float], small: list[float]) -> str:
    return f"{statistics.median(large) / statistics.median(small):.1f} times"


def told_of(values: list[float]) -> str:
    """ "p50 12.3 ms  p99 45.6 ms"."""
    return f"p50 {quantile(values, 0.5):.1f} ms  p99 {quantile(values, 0.99):.1f} ms"


def shortened(words: str) -> str:
    """A statement without the middle of its columns: where it is from and what it asks for is enough to know it."""
    return words if len(words) <= 150 else f"{words[:80]} … {words[-65:]}"


def quantile(values: list[float], q: float) -> float:
    """The smallest value that at least a share q of the values does not exceed."""
    return sorted(values)[max(0, -(-int(q * 1000) * len(values) // 1000) - 1)]


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What stands on the command line; what cannot be measured is refused before a server is started."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, nargs="+", default=[0.01, 0.1], help="of 30 million visits")
    parser.add_argument("--days", type=int, default=YEAR_DAYS, help="of that year, the last ones")
    parser.add_argument("--rate", type=float, nargs="+", default=[200.0], help="visits a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="for which they come")
    parser.add_argument("--notifiers", type=int, default=1, help="processes that share the outbox")
    parser.add_argument("--calls", type=int, default=20, help="of /stats")
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if not all(0 < share <= 1 for share in options.share):
        parser.error("--share: more than 0, and 1 at most, which is the whole year")
    if not 1 <= options.days <= YEAR_DAYS:
        parser.error(f"--days: 1 to {YEAR_DAYS}")
    if not all(0 < rate < math.inf for rate in options.rate):
        parser.error("--rate: more than 0")
    if not 0 < options.seconds < math.inf:
        parser.error("--seconds: more than 0")
    if options.notifiers < 1:
        parser.error("--notifiers: at least 1")
    if not 1 <= options.calls <= SHOPS:
        parser.error(f"--calls: 1 to {SHOPS}, as each is of another shop")
    return options


def main() -> None:
    options = read_options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the server and its folder go in any case
    print(f"{os.cpu_count()} CPU cores, load {os.getloadavg()[0]:.1f} before the start", flush=True)
    try:
        server = PostgresServer(SETTINGS)
    except NoServerError as error:
        sys.exit(str(error))
    sizes = []
    try:
        print(
            f"{server.run('SELECT version()').split(' on ')[0]}, shared_buffers {SETTINGS['shared_buffers']}, durable"
        )
        for share in sorted(options.share):
            server.run(f"CREATE DATABASE {DATABASE} OWNER amiko")
            sizes.append(asyncio.run(measure(server, share, options)))
            server.run(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    except KeyboardInterrupt:
        sys.exit("broken off")
    finally:
        server.close()
    print_growth(sizes)
    sys.exit(1 if any(size.missed for size in sizes) else 0)


if __name__ == "__main__":
    main()
