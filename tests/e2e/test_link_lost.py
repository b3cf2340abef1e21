"""A worker that cannot reach PostgreSQL, as a whole process: its line is cut, or the server is gone for a minute.

All that it saw meanwhile arrives, once.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.simulator.server import Message, Person, Simulator
from db import link_report, shops, staff
from db.engine import Database
from db.link_report import LinkReport
from db.models import Delivery, Visit
from tests.e2e.conftest import own_environment
from tests.link import Way
from tests.postgres_server import PostgresServer
from tests.worker.cameras import network_camera

REPOSITORY = Path(__file__).resolve().parents[2]
HERE, THERE = "10.201.{}.1", "10.201.{}.2"


class Line:
    """A network namespace, and the only line between it and the rest of the machine."""

    def __init__(self) -> None:
        number = os.getpid()
        self.name, self._end = f"amiko-{number}", f"amk{number}"
        self.address = HERE.format(number % 250)
        _ip("netns", "add", self.name)
        _ip("link", "add", self._end, "type", "veth", "peer", "name", "shop", "netns", self.name)
        _ip("addr", "add", f"{self.address}/30", "dev", self._end)
        _ip("-n", self.name, "addr", "add", f"{THERE.format(number % 250)}/30", "dev", "shop")
        _ip("-n", self.name, "link", "set", "shop", "up")
        self.join()

    def cut(self) -> None:
        """From now on nothing gets through, and nobody is told."""
        _ip("link", "set", self._end, "down")

    def join(self) -> None:
        """Mend it."""
        _ip("link", "set", self._end, "up")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@pytest.fixture
def line() -> Iterator[Line]:
    try:
        yield Line()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace can be made here: {getattr(error, 'stderr', None) or error}")
    finally:
        subprocess.run(["ip", "netns", "del", f"amiko-{os.getpid()}"], check=False, capture_output=True)


async def until(happens: Callable[[], object], seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while not happens():  # noqa: ASYNC110  # another process does not announce it here
            await asyncio.sleep(0.1)


async def test_a_line_that_is_cut_before_the_start_and_again_later_loses_nobody(
    line: Line, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    way = Way(postgres_server.port, line.address)
    postgres_server.run("CREATE DATABASE shop OWNER amiko")
    database = Database(postgres_server.url("shop"))
    url = postgres_server.url("shop").replace(f"127.0.0.1:{postgres_server.port}", f"{line.address}:{way.port}")
    log, told, spool = tmp_path / "log", tmp_path / "told", tmp_path / "unwritten.jsonl"

    def decided() -> list[str]:
        return told.read_text().split()

    def said(what: str) -> int:
        return log.read_text().count(what)

    @asynccontextmanager
    async def worker() -> AsyncIterator[asyncio.subprocess.Process]:
        with log.open("a") as says, told.open("a") as tells:
            process = await asyncio.create_subprocess_exec(
                "ip", "netns", "exec", line.name, sys.executable, "-m", "tests.worker.deciding", url, spool,
                cwd=REPOSITORY, stdout=tells, stderr=says,
            )  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    line.cut()
    async with worker() as process:
        await until(lambda: said("the database is away") == 1 and len(decided()) > 20)
        await until(lambda: spool.exists() and decided()[20] in spool.read_text())
        process.kill()
    alone = len(decided())

    line.join()
    async with worker() as process:
        await until(lambda: len(decided()) > alone and not spool.exists())
        line.cut()
        await until(lambda: said("the database is away") == 2)
        line.join()
        await until(lambda: said("the database takes visits again") == 1)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0
    async with database.reading() as session:
        rows = (await session.execute(select(Visit.id, Visit.faces).order_by(Visit.recorded_at))).all()
    await database.close()
    way.close()
    arrived = [id for id, _ in rows]
    # Of a killed worker at most the visit that it was just handing over is missing; all of the others are whole.
    at_hand = decided()[alone - 1]
    assert [id for id in arrived if id != at_hand] == [id for id in decided() if id != at_hand]
    assert all(faces == 30 for id, faces in rows if id != at_hand)
    assert said("Traceback") == 0


ANNA = 1001
SHOP = """
store: {{name: Riga, timezone: Europe/Riga}}
cameras: [{{name: door, url: "{camera}"}}]
worker: {{fps: 5}}
link: {{serve_locally: true}}
"""


@asynccontextmanager
async def amiko(folder: Path, command: str, **extra: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the shop; it writes to `folder/COMMAND.log`, and is asked to end with the block."""
    with (folder / f"{command}.log").open("a") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "amiko", command, cwd=folder, env=own_environment() | extra, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 60)
    assert "Traceback" not in (folder / f"{command}.log").read_text()


async def open_shop(database: Database) -> None:
    """Anna has signed in with the main bot, and waits."""
    await database.upgrade()
    async with database.session() as session:
        shop = await shops.settle(session, "Riga", "Europe/Riga")
        anna = await staff.add(session, "Anna", "assistant", telegram_id=ANNA, shop_id=shop.id)
        await staff.login(session, telegram_id=ANNA, username=None, chat_id=ANNA)
        await staff.set_status(session, anna.id, "waiting")


async def told(database: Database) -> tuple[list[str], set[str]]:
    """The ids of a database's visits in the order of their records, and of those of which a card was sent."""
    async with database.reading() as session:
        ids = list(await session.scalars(select(Visit.id).order_by(Visit.recorded_at)))
        return ids, set(await session.scalars(select(Delivery.visit_id).where(Delivery.state == "sent")))


async def test_a_server_that_is_gone_for_a_minute_costs_no_visitor_of_a_real_camera_a_card(
    postgres_server: PostgresServer, clip: Path, tmp_path: Path
) -> None:
    """Although worker and standby are killed in that minute."""
    postgres_server.run("CREATE DATABASE shop OWNER amiko")
    postgres_server.run("ALTER DATABASE shop SET synchronous_commit = on")
    database = Database(postgres_server.url("shop"))
    local = Database(f"sqlite+aiosqlite:///{tmp_path}/data/standby.db")
    await open_shop(database)
    log, spool = tmp_path / "worker.log", tmp_path / "data" / "unwritten.jsonl"

    def decided() -> list[str]:
        return re.findall(r"visit (\S+) is decided", log.read_text())

    def said() -> LinkReport:
        report = link_report.read(tmp_path / "data" / "link.json")
        assert report
        return report

    def card(message: Message) -> bool:
        return message.from_bot and bool(message.inline)

    with network_camera() as camera:
        (tmp_path / "config.yaml").write_text(SHOP.format(camera=camera.url(f"film={clip}&fps=10")))
        async with (
            Simulator([Person(ANNA, "Анна", "anna")], "1:main") as main,
            Simulator([Person(ANNA, "Анна", "anna")], "2:second") as second,
        ):
            settings = {"AMIKO_DATABASE__URL": database.url, "AMIKO_LINK__TOKEN": second.token}
            of_main = {"AMIKO_TELEGRAM__TOKEN": main.token, "AMIKO_TELEGRAM__BASE_URL": main.base_url}
            of_second = {"AMIKO_TELEGRAM__BASE_URL": second.base_url}
            await main.say(ANNA, "/start")
            async with AsyncExitStack() as running:
                start = running.enter_async_context
                await start(amiko(tmp_path, "bot", **settings, **of_main))
                standby = await start(amiko(tmp_path, "standby", **settings, **of_second))
                worker = await start(amiko(tmp_path, "worker", **settings))
                await main.wait_for(ANNA, lambda m: "https://t.me/amiko_bot" in m.text, 60)
                await second.say(ANNA, "/start")
                await second.wait_for(ANNA, lambda m: "Здравствуйте, Anna!" in m.text, 60)
                await main.wait_for(ANNA, card, 60)
                await asyncio.to_thread(postgres_server.stop)
                gone, before = time.monotonic(), len(decided())

                taken = await second.wait_for(ANNA, card, 90)
                for process in (standby, worker):
                    process.kill()
                    await process.wait()
                await start(amiko(tmp_path, "standby", **settings, **of_second))
                worker = await start(amiko(tmp_path, "worker", **settings))
                await second.press(ANNA, taken.message_id, "Беру")
                taken = await second.wait_for(ANNA, lambda m: "Посетитель ваш" in m.text, 60)
                await second.press(ANNA, taken.message_id, taken.inline[0][0]["text"])
                await second.wait_for(ANNA, lambda m: "Обслужено" in m.text, 60)
                await asyncio.sleep(gone + 60 - time.monotonic())

                await until(lambda: len(decided()) > before + 1 and said().waiting == len(decided()) - before)
                assert said().lost_since
                meanwhile = decided()[before:]
                assert all(id in spool.read_text() for id in meanwhile)
                await asyncio.to_thread(postgres_server.start)
                await until(lambda: not spool.exists())
                await second.wait_for(ANNA, lambda m: "Связь вернулась" in m.text, 60)
                await until(lambda: said().reconnects == 1)  # once the cameras' states are written too, some time later
                worker.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(worker.wait(), 60) == 0

                async def everybody_is_told_of() -> bool:
                    (there, cards), (_, cards_here) = await told(database), await told(local)
                    return set(there) <= cards | cards_here

                async with asyncio.timeout(60):
                    while not await everybody_is_told_of():  # noqa: ASYNC110  # another process does not say when
                        await asyncio.sleep(0.5)
    (there, cards), (here, _) = await told(database), await told(local)
    async with database.reading() as session:
        served = list(await session.scalars(select(Visit.id).where(Visit.state == "served")))
    await database.close()
    await local.close()
    assert sorted(there) == sorted(decided())
    assert set(here) <= set(decided()[before:])
    assert (said().reconnects, said().waiting) == (1, 0)
    assert len(served) == 1
    assert not set(served) & cards, "whom Anna served while cut off, nobody is asked about again"
