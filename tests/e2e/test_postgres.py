"""`amiko run` on PostgreSQL: the server is killed and started again, and every visit of that time has its card."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.simulator.server import Person, Simulator
from db import staff
from db.engine import Database
from db.models import Delivery
from tests.e2e.conftest import own_environment
from tests.postgres_server import PASSWORD, PostgresServer
from tests.worker.cameras import NetworkCamera, children, command, network_camera

ANNA = 2001


@pytest.fixture
def camera() -> Iterator[NetworkCamera]:
    with network_camera() as camera:
        yield camera


async def until(happens: Callable[[], Coroutine[Any, Any, bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await happens():  # noqa: ASYNC110  # other processes do not announce it here
            await asyncio.sleep(0.2)


async def test_a_shop_goes_on_when_its_server_is_back(
    camera: NetworkCamera, clip: Path, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    url, log = postgres_server.url(), tmp_path / "log"
    bare = url.replace(f":{PASSWORD}", "")
    (tmp_path / "config.yaml").write_text(
        f"cameras: [{{name: door, url: '{camera.url(f'film={clip}')}'}}]\ndatabase: {{url: '{bare}'}}\n"
    )
    database = Database(url)
    await database.upgrade()
    async with database.session() as session:
        anna = await staff.add(session, "Anna", "assistant", telegram_id=ANNA)
        await staff.login(session, telegram_id=ANNA, username=None, chat_id=ANNA)
        await staff.set_status(session, anna.id, "waiting")

    async def told() -> set[str]:
        async with database.reading() as session:
            return set(await session.scalars(select(Delivery.visit_id).where(Delivery.state == "sent")))

    def decided() -> set[str]:
        return set(re.findall(r"visit (\S+) is decided", log.read_text()))

    async def decided_more_than(number: int) -> bool:
        return len(decided()) > number

    async def told_all(number: int) -> bool:
        return len(decided()) >= number and decided() <= await told()

    async with Simulator([Person(ANNA, "Anna")]) as simulator:
        await simulator.say(ANNA, "/start")
        environment = own_environment() | {
            "AMIKO_TELEGRAM__TOKEN": simulator.token,
            "AMIKO_TELEGRAM__BASE_URL": simulator.base_url,
            "AMIKO_TELEGRAM__BASE_FILE_URL": simulator.base_file_url,
            "AMIKO_DATABASE__PASSWORD": PASSWORD,
            "AMIKO_API__PORT": "0",
        }
        with log.open("w") as written:
            shop = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "amiko", "run", cwd=tmp_path, env=environment, stdout=written, stderr=written
            )
        try:
            await until(lambda: told_all(1), 180)
            postgres_server.stop()
            before = len(decided())
            await until(lambda: decided_more_than(before), 60)
            await asyncio.to_thread(postgres_server.start)
            await until(lambda: told_all(before + 1), 120)
            address = re.findall(r"listens on (http://\S+)", log.read_text())[-1]
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(f"{address}/health")).json()["database"] == "ok"
            assert all(PASSWORD not in command(pid) for pid in children(shop.pid))
        finally:
            shop.terminate()
            await shop.wait()
    assert shop.returncode == 0
    assert PASSWORD not in log.read_text()
    assert "Traceback" not in log.read_text()
    await database.close()
