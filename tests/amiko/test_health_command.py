"""`amiko health` ends with 0 where the asked parts work, otherwise with 1 and a sentence for each that does not."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from amiko.cli import app
from db import cameras, shops
from db.cameras import CameraReport
from db.engine import Database
from db.models import CameraState
from db.nudge import Nudges
from tests.databases import ON_POSTGRES
from tests.e2e.conftest import own_environment
from tests.worker.cameras import until

KEY = "a-key-of-sixteen-letters"
CONFIG = "cameras: [{name: door, url: rtsp://192.0.2.1/1}]"


@pytest.fixture
def database(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Of the shop of this folder."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.setenv("AMIKO_DATABASE__URL", database_url)
    return Database(database_url)


async def report(database: Database, frame: datetime, age: timedelta = timedelta()) -> None:
    """A camera whose newest frame came at `frame`, as reported so long ago."""
    async with database.session() as session:
        shop = await shops.only(session)
        await cameras.write(session, [CameraReport("door", "running", 8.0, 0, 0, 48.6, frame)], shop)
        await session.execute(update(CameraState).values(updated_at=datetime.now(UTC) - age))
    await database.close()


def health(*parts: str) -> Result:
    return CliRunner().invoke(app, ["health", *parts])


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    result = health("database")
    assert (result.exit_code, result.output) == (1, f"there is no database {tmp_path}/data/amiko.db\n")
    assert not (tmp_path / "data").exists()


@ON_POSTGRES  # whose database is made before its tables
def test_a_database_without_tables_is_told(empty_database_url: str) -> None:
    result = CliRunner().invoke(app, ["health", "database", "--db", empty_database_url])
    assert (result.exit_code, "has not been prepared; run: amiko db upgrade" in result.output) == (1, True)


@pytest.mark.usefixtures("database")
def test_a_prepared_database_is_well() -> None:
    result = health("database")
    assert (result.exit_code, result.output) == (0, "well: database\n")


def test_a_worker_that_reports_is_well(database: Database) -> None:
    asyncio.run(report(database, datetime.now(UTC)))
    assert (health("worker").exit_code, health("worker").output) == (0, "well: worker\n")


@pytest.mark.parametrize("age", [None, timedelta(seconds=20)])
def test_a_worker_that_does_not_report_is_told(database: Database, age: timedelta | None) -> None:
    if age:
        asyncio.run(report(database, datetime.now(UTC) - age, age))
    result = health("worker")
    assert result.exit_code == 1
    assert "the worker has not reported on camera door for 15 s" in result.output


def test_a_camera_without_a_picture_is_told_and_is_no_failure_of_the_worker(database: Database) -> None:
    asyncio.run(report(database, datetime.now(UTC) - timedelta(minutes=5)))
    result = health("worker")
    assert result.exit_code == 0
    assert "camera door gives no picture" in result.output


async def test_a_bot_is_alive_as_long_as_it_listens(database: Database) -> None:
    async with Nudges(database.url):
        assert (await asyncio.to_thread(health, "bot")).output == "well: bot\n"
    gone = await asyncio.to_thread(health, "bot")
    assert gone.exit_code == 1
    assert "no bot serves the database" in gone.output


@pytest.fixture
def port(database: Database, tmp_path: Path) -> Iterator[str]:
    """Of a real API with a key."""
    own = {"PORT": "0", "HOST": "0.0.0.0", "KEY": KEY}
    environment = own_environment() | {f"AMIKO_API__{name}": value for name, value in own.items()}
    environment["AMIKO_DATABASE__URL"] = database.url
    log = tmp_path / "log"
    with log.open("w") as errors:
        api = subprocess.Popen([sys.executable, "-m", "amiko", "api"], cwd=tmp_path, env=environment, stderr=errors)
    try:
        until(lambda: "the API listens" in log.read_text(), 60)
        found = re.search(r"listens on http://0\.0\.0\.0:(\d+)", log.read_text())
        assert found
        yield found[1]
    finally:
        api.kill()
        api.wait()


def test_an_api_is_asked_itself(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "0.0.0.0", "PORT": port, "KEY": KEY}.items():
        monkeypatch.setenv(f"AMIKO_API__{name}", value)
    assert health("api").output == "well: api\n"
    monkeypatch.setenv("AMIKO_API__KEY", KEY + "-not")
    assert f"the API on 0.0.0.0:{port} answers 401" in health("api").output


def test_an_api_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMIKO_API__PORT", "9")
    result = health("api")
    assert result.exit_code == 1
    assert "the API on 127.0.0.1:9 does not answer" in result.output
