"""A worker whose line to PostgreSQL is really cut, in a network of its own: all it saw meanwhile arrives, once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from db.engine import Database
from db.models import Visit
from tests.link import Way
from tests.postgres_server import PostgresServer

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
        assert await asyncio.wait_for(process.wait(), 30) == 0
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
