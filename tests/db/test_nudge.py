"""Nudges beside a SQLite file: fast where they arrive, found by the poll where not, one listener each."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from db import nudge
from db.errors import DatabaseError
from db.models import Camera
from db.nudge import Nudges
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE


async def settle(nudges: Nudges) -> None:
    """Until nothing of the past wakes the listener any more."""
    while await nudges.wait(0.6):
        pass


async def test_a_nudge_wakes_before_the_poll(database, url, monkeypatch) -> None:
    monkeypatch.setattr("db.nudge._POLL_SECONDS", 60)
    async with Nudges(url) as nudges:
        await settle(nudges)
        for _ in range(20):
            waiting = asyncio.create_task(nudges.wait(30))
            await asyncio.sleep(0.01)
            nudge.send(url)
            assert await waiting


async def test_a_nudge_between_two_waits_ends_the_next_one(database, url) -> None:
    async with Nudges(url) as nudges:
        await settle(nudges)
        nudge.send(url)
        nudge.send(url)
        await asyncio.sleep(0.05)
        assert await nudges.wait(0)
        assert not await nudges.wait(0.01)


async def test_a_commit_whose_nudge_was_lost_is_found_by_the_poll(database, url, tmp_path: Path) -> None:
    async with Nudges(url) as nudges:
        await settle(nudges)
        other = sqlite3.connect(tmp_path / "amiko.db")
        other.execute("INSERT INTO cameras (shop_id, name) VALUES (1, 'Entrance')")
        other.commit()
        other.close()
        started = time.perf_counter()
        assert await nudges.wait(30)
        assert time.perf_counter() - started < 25


async def test_silence_ends_at_the_timeout(database, url) -> None:
    async with Nudges(url) as nudges:
        await settle(nudges)
        assert not await nudges.wait(0.05)


async def test_without_unix_sockets_the_poll_is_enough(database, url, tmp_path, monkeypatch) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    async with Nudges(url) as nudges:
        await settle(nudges)
        nudge.send(url)
        assert not await nudges.wait(0.05)
        async with database.session() as session:
            session.add(Camera(shop_id=1, name="Entrance"))
        assert await nudges.wait(30)


def test_nudging_nobody_is_fine(empty_database_url: str, tmp_path: Path) -> None:
    nudge.send(empty_database_url)
    nudge.send(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/amiko.db")
    nudge.send("sqlite+aiosqlite:///:memory:")
    assert list(tmp_path.iterdir()) == []


async def test_a_listener_that_does_not_listen_blocks_no_sender(database, url) -> None:
    async with Nudges(url):
        started = time.perf_counter()
        for _ in range(5_000):  # far more than the socket's buffer holds, and the loop gets no turn to read
            nudge.send(url)
        assert time.perf_counter() - started < 5


async def test_a_path_too_long_for_a_socket_gets_one_in_the_temporary_folder(url: str, tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    url = f"sqlite+aiosqlite:///{deep}/amiko.db"

    path = nudge.address(url)

    assert path is not None
    assert deep not in path.parents
    assert len(str(path)) < 100
    async with Nudges(url) as nudges:
        nudge.send(url)
        assert await nudges.wait(30)
    assert not path.exists()


async def test_a_second_listener_is_refused_while_the_first_lives(url: str) -> None:
    async with Nudges(url) as nudges:
        with pytest.raises(DatabaseError, match="another bot serves this database already"):
            async with Nudges(url):
                pass
        nudge.send(url)  # and the first one still listens
        assert await nudges.wait(30)
    async with Nudges(url):
        pass


async def test_the_socket_of_a_killed_listener_is_replaced(url: str) -> None:
    code = (
        "import asyncio, sys\nfrom db.nudge import Nudges\n"
        "async def main():\n async with Nudges(sys.argv[1]):\n  print('up', flush=True)\n  await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, url, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    path = nudge.address(url)
    assert path is not None
    assert path.exists()

    async with Nudges(url) as nudges:
        nudge.send(url)
        assert await nudges.wait(30)
