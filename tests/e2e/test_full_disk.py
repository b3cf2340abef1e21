"""A whole shop whose disk fills up: nobody decided meanwhile is lost, and every card arrives once there is room.

The disk of a SQLite file, that is; tests/worker/test_link.py takes a server away.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.simulator.server import Person, Simulator
from db import staff
from db.engine import Database
from tests.e2e.conftest import own_environment
from tests.worker.cameras import NetworkCamera, network_camera
from tests.worker.disks import fill, room

ANNA = 2001


@pytest.fixture
def server() -> Iterator[NetworkCamera]:
    with network_camera() as camera:
        yield camera


async def until(happens: Callable[[], object], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not happens():  # noqa: ASYNC110  # other processes do not announce it here
            await asyncio.sleep(0.2)


async def waiting(url: str, simulator: Simulator) -> None:
    """Anna, who waits."""
    database = Database(url)
    await database.upgrade()
    async with database.session() as session:
        anna = await staff.add(session, "Anna", "assistant", telegram_id=ANNA)
        await staff.login(session, telegram_id=ANNA, username=None, chat_id=ANNA)
        await staff.set_status(session, anna.id, "waiting")
    await database.close()
    await simulator.say(ANNA, "/start")


def told(disk: Path) -> set[str]:
    """The visits whose card was sent."""
    with sqlite3.connect(disk / "shop.db", timeout=30) as connection:
        return {visit for (visit,) in connection.execute("SELECT visit_id FROM deliveries WHERE state = 'sent'")}


async def test_a_shop_goes_on_when_its_disk_has_room_again(
    server: NetworkCamera, clip: Path, small_disk: Path, tmp_path: Path
) -> None:
    (tmp_path / "config.yaml").write_text(f"cameras: [{{name: door, url: '{server.url(f'film={clip}')}'}}]")
    url, log = f"sqlite+aiosqlite:///{small_disk}/shop.db", tmp_path / "log"

    def decided() -> set[str]:
        return set(re.findall(r"visit (\S+) is decided", log.read_text()))

    async with Simulator([Person(ANNA, "Anna")]) as simulator:
        await waiting(url, simulator)
        telegram = {
            "AMIKO_TELEGRAM__TOKEN": simulator.token,
            "AMIKO_TELEGRAM__BASE_URL": simulator.base_url,
            "AMIKO_TELEGRAM__BASE_FILE_URL": simulator.base_file_url,
            "AMIKO_API__ENABLED": "false",
        }
        with log.open("w") as errors:
            shop = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "amiko", "run", "--db", url,
                cwd=tmp_path, env=own_environment() | telegram, stderr=errors,
            )  # fmt: skip
        try:
            await until(lambda: decided() and decided() == told(small_disk), 120)
            before = decided()
            fill(small_disk)
            await until(lambda: len(decided()) >= len(before) + 2, 120)
            await asyncio.sleep(3)
            room(small_disk)
            await until(lambda: told(small_disk) >= decided(), 60)
        finally:
            shop.terminate()
            assert await asyncio.wait_for(shop.wait(), 60) == 0
        cards = [message for message in simulator.messages(ANNA) if message.buttons]
    said = log.read_text()
    assert told(small_disk) == decided()
    assert len(cards) == len(decided())
    assert said.count("visits wait to be written") == 1
    assert said.count("the database takes visits again") == 1
    assert "Traceback" not in said
