"""A PostgreSQL server that is away, restarted, full, too old or not ours: one sentence each, and on again after it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from db import postgres
from db.engine import Database
from db.errors import DatabaseError
from tests.databases import ON_POSTGRES
from tests.postgres_server import PASSWORD, PostgresServer


async def ask(url: str) -> object:
    database = Database(url, patience_seconds=1)
    try:
        async with database.reading() as session:
            return await session.scalar(text("SELECT 1"))
    finally:
        await database.close()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@ON_POSTGRES
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            lambda url: url.replace(PASSWORD, "wrong"),
            "takes neither this user nor this password; .* AMIKO_DATA",
        ),
        (lambda url: url.replace("amiko:", "stranger:"), "takes neither this user nor this password"),
        (lambda url: url.rpartition("/")[0] + "/nowhere", "nowhere on .* does not exist; create it with: createdb"),
        (
            lambda url: f"postgresql+asyncpg://a:b@127.0.0.1:{closed_port()}/amiko",
            "cannot be reached .*check that",
        ),
        (lambda url: "postgresql+asyncpg://a:b@no-such-host.invalid/amiko", "cannot be reached: no host has that name"),
        (lambda url: url + "?ssl=require", "cannot be reached .*SSL"),
    ],
)
async def test_a_server_that_lets_nobody_in_is_one_sentence(url: str, changed: Callable[[str], str], says: str) -> None:
    with pytest.raises(DatabaseError, match=says) as caught:
        await ask(changed(url))
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)


@ON_POSTGRES
async def test_a_certificate_that_is_not_there_is_one_sentence(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DatabaseError, match=r"as database\.url asks: root certificate file"):
        await ask(url + "?ssl=verify-full")


@ON_POSTGRES
async def test_a_server_that_is_too_old_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "OLDEST", 99)
    with pytest.raises(DatabaseError, match=r"is kept by PostgreSQL \d+; Amiko needs 99 or newer"):
        await ask(url)


@ON_POSTGRES
async def test_more_at_once_than_there_are_connections_waits_and_is_told(url: str) -> None:
    patient, hasty = Database(url, patience_seconds=60), Database(url, patience_seconds=0.3)

    async def hold(database: Database, seconds: float) -> None:
        async with database.session() as session:
            await session.execute(text("SELECT pg_sleep(:s)"), {"s": seconds})

    await asyncio.gather(*(hold(patient, 0.01) for _ in range(30)))
    with pytest.raises(DatabaseError, match="asked for more at once than it answers; try again"):
        await asyncio.gather(*(hold(hasty, 1) for _ in range(15)))
    for database in (patient, hasty):
        await database.close()


async def test_a_server_without_a_free_connection_is_one_sentence(postgres_server: PostgresServer) -> None:
    postgres_server.run("ALTER ROLE amiko CONNECTION LIMIT 1")
    database = Database(postgres_server.url())
    async with database.session() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseError, match="has no connection left; end a program that uses it, or raise"):
            await database.read(lambda session: session.scalar(text("SELECT 1")))
    await database.close()


async def test_what_a_restart_breaks_is_told_and_the_next_try_works(postgres_server: PostgresServer) -> None:
    database = Database(postgres_server.url(), patience_seconds=1)
    await database.upgrade()

    async def write_while_it_stops() -> None:
        async with database.session() as session:
            await session.execute(text("UPDATE staff SET name = 'Anna'"))
            await asyncio.to_thread(postgres_server.stop)

    with pytest.raises(DatabaseError, match=r"has broken off the connection|is being started or stopped"):
        await write_while_it_stops()
    with pytest.raises(DatabaseError, match="cannot be reached"):
        async with database.session() as session:
            await session.execute(text("SELECT 1"))

    await asyncio.to_thread(postgres_server.start)
    async with database.session() as session:
        await session.execute(text("UPDATE staff SET name = 'Anna'"))
    await database.close()


@ON_POSTGRES
async def test_the_name_in_sentences_has_no_password(url: str) -> None:
    assert Database(url).name == f"{url.rpartition('/')[2]} on {url.partition('@')[2].partition('/')[0]}"
