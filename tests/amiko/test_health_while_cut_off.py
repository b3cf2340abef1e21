"""`amiko health` says on the worker's machine what its database cannot: what waits, and who serves meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app
from db import link_report, staff
from db.engine import Database
from db.link_report import LinkReport
from db.nudge import Nudges

AWAY = "postgresql+asyncpg://amiko:x@127.0.0.1:9/amiko"


def health(*parts: str) -> Result:
    return CliRunner().invoke(app, ["health", *parts])


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text("link: {serve_locally: true}")
    monkeypatch.setenv("AMIKO_DATABASE__URL", AWAY)


def test_what_waits_is_told_although_the_database_is_away() -> None:
    now = datetime.now(UTC)
    link_report.write(link_report.beside(AWAY), LinkReport(now, now - timedelta(minutes=2), 0, 7, now))
    result = health("worker")
    assert result.exit_code == 1
    assert (
        f"the database has been away since {(now - timedelta(minutes=2)).astimezone():%Y-%m-%d %H:%M:%S}"
        in result.output
    )
    assert "7 visits wait to be written, the first was decided at" in result.output


async def test_a_standby_is_well_while_it_serves_and_says_whom_it_cannot_reach() -> None:
    local = Database("sqlite+aiosqlite:///data/standby.db")
    await local.upgrade()
    async with local.session() as session:
        await staff.add(session, "Anna", "assistant", telegram_id=7)
    gone = await asyncio.to_thread(health, "standby")
    assert (gone.exit_code, gone.output) == (1, "no standby serves data/standby.db; run: amiko standby\n")
    async with Nudges(local.url):
        well = await asyncio.to_thread(health, "standby")
    await local.close()
    assert well.exit_code == 0
    assert "the standby cannot write to who has not pressed Start there: Anna" in well.output


def test_a_standby_that_is_not_wanted_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").unlink()
    assert "no standby is wanted; set link.serve_locally" in health("standby").output
