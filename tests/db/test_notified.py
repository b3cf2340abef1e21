"""Nudges of PostgreSQL: sent with the commit, found by the poll where they are lost, and who serves the database."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from db import notices, outbox, visits
from db.engine import Database
from db.errors import DatabaseError
from db.models import Staff
from db.notified import served
from db.nudge import Nudges
from tests.databases import ON_POSTGRES
from tests.db.test_nudge import settle
from tests.postgres_server import PostgresServer


@pytest.fixture
def polled_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever wakes then was notified."""
    monkeypatch.setattr("db.notified._POLL_SECONDS", 60)


@ON_POSTGRES
async def test_a_card_wakes_with_its_commit(database, url, hire, make_visit, polled_rarely) -> None:
    await hire("Anna", 1001)
    async with Nudges(url) as nudges:
        await settle(nudges)
        for _ in range(9):
            waiting = asyncio.create_task(nudges.wait(30))
            async with database.session() as session:
                await visits.record(session, make_visit(), notify=True)
                await session.flush()
                assert not waiting.done()  # nothing is committed yet
            assert await waiting, "the poll would come much later"


@ON_POSTGRES
async def test_what_is_to_be_told_or_changed_wakes_and_what_was_sent_does_not(
    database, url, hire, make_visit, polled_rarely
) -> None:
    anna: Staff = await hire("Anna", 1001)
    async with Nudges(url) as nudges:
        await settle(nudges)
        async with database.session() as session:
            await visits.record(session, make_visit(), notify=False)
        assert not await nudges.wait(0.2)
        async with database.session() as session:
            notice = await notices.tell(session, anna.id, "reminder", {})
        assert await nudges.wait(30)
        async with database.session() as session:
            await notices.mark_retry(session, notice, at=datetime.now(UTC), error="offline")
        assert not await nudges.wait(0.2)
        async with database.session() as session:
            await notices.retry_now(session)
            await outbox.retry_now(session)
        assert not await nudges.wait(0.2)
        async with database.session() as session:
            await notices.change(session, [notice], {"camera": "Door"})
        assert await nudges.wait(30)


@ON_POSTGRES
async def test_a_commit_of_which_nothing_is_told_is_found_by_the_poll(database, url) -> None:
    async with Nudges(url) as nudges:
        await settle(nudges)
        async with database.session() as session:
            await session.execute(text("UPDATE staff SET name = name"))
            await session.execute(text("SELECT pg_current_xact_id()"))
        assert await nudges.wait(30)


@ON_POSTGRES
async def test_a_second_bot_is_refused_while_the_first_lives_unless_both_are_called(database, url) -> None:
    async with Nudges(url):
        for alone in (True, False):
            with pytest.raises(DatabaseError, match=r"another bot serves this database already \(.*\); stop that"):
                async with Nudges(url, alone=alone):
                    pass
    async with Nudges(url, alone=False), Nudges(url, alone=False):
        with pytest.raises(DatabaseError, match="another bot serves"):
            async with Nudges(url):
                pass
        async with database.reading() as session:
            assert await served(session)
    async with database.reading() as session:
        assert not await served(session)


@ON_POSTGRES
async def test_one_of_several_leads_and_another_when_that_one_is_killed(database, url) -> None:
    code = (
        "import asyncio, sys\nfrom db.nudge import Nudges\n"
        "async def main():\n async with Nudges(sys.argv[1], alone=False) as nudges:\n  await nudges.lead()\n"
        "  print('leads', flush=True)\n  await asyncio.sleep(60)\nasyncio.run(main())"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, url, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"leads\n"
    async with Nudges(url, alone=False) as nudges:
        leading = asyncio.create_task(nudges.lead())
        await asyncio.sleep(1.2)
        assert not leading.done()
        process.send_signal(signal.SIGKILL)
        await process.wait()
        async with asyncio.timeout(50):
            await leading


@ON_POSTGRES
async def test_bots_know_how_many_they_are_and_count_one_that_has_gone_a_little_longer(database, url) -> None:
    async with Nudges(url, alone=False) as first:
        assert first.bots == 1
        async with Nudges(url, alone=False) as second:
            assert second.bots == 2
            await asyncio.sleep(2)
            assert first.bots == 2
        await asyncio.sleep(0.5)
        assert first.bots == 2
        async with asyncio.timeout(50):
            while first.bots != 1:  # noqa: ASYNC110  # nobody is told of it
                await asyncio.sleep(0.1)


async def test_a_restarted_server_nudges_again(postgres_server: PostgresServer, monkeypatch, caplog) -> None:
    monkeypatch.setattr("db.notified._POLL_SECONDS", 0.1)
    database = Database(postgres_server.url())
    await database.upgrade()
    async with Nudges(database.url) as nudges:
        await nudges.lead()
        await settle(nudges)
        postgres_server.stop()
        await nudges.follow()
        with pytest.raises(DatabaseError, match="cannot be reached"):
            async with database.reading() as session:
                await session.execute(text("SELECT 1"))
        await asyncio.to_thread(postgres_server.start)
        async with asyncio.timeout(50):
            await nudges.lead()
            await settle(nudges)
            async with database.session() as session:
                await session.execute(text("NOTIFY amiko"))
            assert await nudges.wait(30)
    assert "swordfish" not in caplog.text
    await database.close()
