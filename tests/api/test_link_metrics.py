"""What this machine's worker says of its link is told by /metrics, also while the database is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from amiko.config import Config
from api.app import build
from api.service import Service
from db import link_report
from db.engine import Database
from db.link_report import LinkReport


async def scrape(config: Config) -> httpx.Response:
    database = Database(config.database.url)
    transport = httpx.ASGITransport(build(Service.of(config, database)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090") as client:
        answer = await client.get("/metrics")
    await database.close()
    return answer


def figures(answer: httpx.Response) -> dict[str, float]:
    """Those without a label."""
    families = text_string_to_metric_families(answer.text)
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


@pytest.fixture
def config(database_url: str) -> Config:
    return Config.model_validate({"database": {"url": database_url}})


@pytest.fixture
def away(tmp_path: Path) -> Config:
    """Of a shop whose server cannot be reached."""
    return Config.model_validate({"database": {"url": "postgresql+asyncpg://amiko:x@127.0.0.1:9/amiko"}})


def said(config: Config, report: LinkReport) -> None:
    link_report.write(link_report.beside(config.database.url), report)


async def test_a_link_that_holds_is_told_beside_the_rest(config: Config) -> None:
    said(config, LinkReport(datetime.now(UTC), None, 3, 0, None))
    found = figures(await scrape(config))
    assert found["amiko_database_up"] == found["amiko_link_up"] == 1
    assert found["amiko_link_reconnects_total"] == 3
    assert found["amiko_spool_visits"] == found["amiko_spool_oldest_visit_age_seconds"] == 0
    assert "amiko_visits_open" in (await scrape(config)).text


async def test_what_waits_is_told_while_the_database_is_away(away: Config) -> None:
    now = datetime.now(UTC)
    said(away, LinkReport(now - timedelta(seconds=1), now - timedelta(seconds=70), 0, 7, now - timedelta(seconds=60)))
    answer = await scrape(away)
    found = figures(answer)
    assert answer.status_code == 200
    assert (found["amiko_database_up"], found["amiko_link_up"], found["amiko_spool_visits"]) == (0, 0, 7)
    assert found["amiko_spool_oldest_visit_age_seconds"] == pytest.approx(60, abs=10)
    assert found["amiko_link_report_age_seconds"] == pytest.approx(1, abs=10)
    assert "amiko_visits_open" not in answer.text


async def test_without_a_worker_here_there_is_nothing_to_tell(away: Config, config: Config) -> None:
    assert (await scrape(away)).status_code == 503
    assert "amiko_link_up" not in figures(await scrape(config))


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"reported_at": 3}'])
async def test_a_damaged_report_is_none(config: Config, broken: str) -> None:
    file = link_report.beside(config.database.url)
    file.parent.mkdir(exist_ok=True)
    file.write_text(broken)
    assert "amiko_link_up" not in figures(await scrape(config))
