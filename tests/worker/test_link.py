"""A worker's link to a real PostgreSQL server, broken in every way: nothing is lost, doubled, or out of order."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db import shops, staff
from db.engine import Database
from db.errors import DatabaseError
from db.models import Delivery, Notice, Visit
from db.offering import Offer
from db.visits import NewVisit
from tests.databases import ON_POSTGRES
from tests.link import Way
from tests.postgres_server import PostgresServer
from tests.visits import new_visit
from tests.worker.cameras import children
from worker import pulse as pulses
from worker import writer as writers
from worker.link import Link
from worker.pulse import Pulse, written_down
from worker.recorder import Recorder
from worker.spool import Ended, Seen, Spool
from worker.writer import Writer

MAX_AGE = 300.0


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "RETRY_SECONDS", (0.2,))
    monkeypatch.setattr(pulses, "EVERY_SECONDS", 0.3)


class Shop:
    """A worker of one camera and one assistant who waits, on a database that tests take away."""

    def __init__(self, url: str, folder: Path) -> None:
        self.database = Database(url, patience_seconds=0.5)
        self.spool = Spool(folder / "data" / "unwritten.jsonl", self.database.snapshots)
        self.link = Link(self._prepare)
        self.visits: list[NewVisit] = []

    async def _prepare(self) -> int:
        await self.database.upgrade()
        async with self.database.session() as session:
            shop = await shops.settle(session, "Riga", "Europe/Riga")
            if not await staff.list_all(session):
                anna = await staff.add(session, "Anna", "assistant", telegram_id=7, shop_id=shop.id)
                await staff.login(session, telegram_id=7, username=None, chat_id=7)
                await staff.set_status(session, anna.id, "waiting")
        return shop.id

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Writer]:
        recorder = Recorder(self.database, "camera", Offer(), "Riga", MAX_AGE)
        async with (
            written_down([Pulse("Entrance")], self.database, self.link),
            Writer(recorder, self.spool, self.link) as writer,
        ):
            yield writer

    def enters(self, writer: Writer, decided: datetime | None = None) -> None:
        """A visitor is decided, seen again, and gone; takes as long as handing that over does."""
        began = time.monotonic()
        visit = new_visit(decided or datetime.now(UTC))
        self.visits.append(visit)
        writer.put(visit)
        for faces, kind in ((20, Seen), (30, Ended)):
            writer.put(kind(visit.id, visit.last_seen + timedelta(seconds=faces), faces))
        assert time.monotonic() - began < 2, "no frame's analysis may wait for the database"

    async def all(self, what: Any) -> list[Any]:
        async with self.database.reading() as session:
            return list((await session.execute(what)).all())

    async def has_everything_once(self) -> None:
        rows = await self.all(select(Visit.id, Visit.faces, Visit.gone_at))
        gone = {visit.id: (30, visit.last_seen + timedelta(seconds=30)) for visit in self.visits}
        assert {id: (faces, gone_at) for id, faces, gone_at in rows} == gone
        cards = await self.all(select(Delivery.visit_id))
        assert sorted(id for (id,) in cards) == sorted(gone)
        in_order = await self.all(select(Visit.id).order_by(Visit.recorded_at))
        assert [id for (id,) in in_order] == [visit.id for visit in self.visits]
        assert not self.spool.path.exists()


@pytest.fixture
async def shop_on(tmp_path: Path) -> AsyncIterator[Callable[[str], Shop]]:
    opened: list[Shop] = []

    def on(url: str) -> Shop:
        opened.append(Shop(url, tmp_path))
        return opened[-1]

    yield on
    for shop in opened:
        await shop.database.close()


def durable(server: PostgresServer) -> None:
    """An empty database `shop` that forgets no commit in a crash, as the tests' server otherwise may."""
    server.run("CREATE DATABASE shop OWNER amiko")
    server.run("ALTER DATABASE shop SET synchronous_commit = on")


@contextmanager
def frozen(server: PostgresServer) -> Iterator[None]:
    """The server and whoever serves a connection stand still; the kernel still takes what is sent to them."""
    assert server.process is not None
    still = [server.process.pid, *children(server.process.pid)]
    for pid in still:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in still:
            os.kill(pid, signal.SIGCONT)


async def until(happens: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not happens():  # noqa: ASYNC110  # nobody announces it
            await asyncio.sleep(0.05)


async def written(writer: Writer) -> None:
    async with asyncio.timeout(60):
        await writer._done.wait()


async def test_a_server_may_stop_freeze_and_start_again_in_mid_stream(
    postgres_server: PostgresServer, shop_on: Callable[[str], Shop], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    durable(postgres_server)
    shop = shop_on(postgres_server.url("shop"))
    async with shop.worker() as writer:
        shop.enters(writer)
        await written(writer)
        postgres_server.stop()
        for _ in range(20):
            shop.enters(writer)
            await asyncio.sleep(0.05)
        await until(lambda: "the database is away" in caplog.text)
        assert {entry.id for entry in shop.spool.read()} >= {visit.id for visit in shop.visits[1:]}
        report = writer.report()
        assert (report.waiting, report.oldest, report.reconnects) == (20, shop.visits[1].decided_at, 0)
        assert report.lost_since is not None
        await asyncio.to_thread(postgres_server.start)
        await until(lambda: "the database takes visits again" in caplog.text)
        await written(writer)

        with frozen(postgres_server):
            for _ in range(20):
                shop.enters(writer)
                await asyncio.sleep(0.05)
            await until(lambda: caplog.text.count("the database is away") == 2)
            assert {entry.id for entry in shop.spool.read()} >= {visit.id for visit in shop.visits[21:]}
        await until(lambda: caplog.text.count("the database takes visits again") == 2)
        await written(writer)
    report = writer.report()
    assert (report.waiting, report.oldest, report.lost_since, report.reconnects) == (0, None, None, 2)
    await shop.has_everything_once()
    forwarded = [int(n) for n in re.findall(r"again, after \d+ s; (\d+) that waited are written", caplog.text)]
    assert len(forwarded) == 2
    assert all(19 <= number <= 21 for number in forwarded)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("worker")]
    assert len(said) == 4, "one line for each loss, and one for each return"


async def test_a_worker_that_is_to_end_while_the_server_stands_still_keeps_what_it_has(
    postgres_server: PostgresServer, shop_on: Callable[[str], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "STOP_SECONDS", 0.5)
    durable(postgres_server)
    url = postgres_server.url("shop")
    first, second = shop_on(url), shop_on(url)
    async with first.worker() as writer:
        first.enters(writer)
        await written(writer)
        await until(lambda: first.link._shop_id)
        with frozen(postgres_server):
            began = time.monotonic()
            first.enters(writer)
            await writer.__aexit__(None, None, None)
            await first.database.close()
            assert time.monotonic() - began < 20
    second.visits = first.visits
    async with second.worker() as writer:
        await written(writer)
    await second.has_everything_once()


@ON_POSTGRES
@pytest.mark.parametrize("how", ["hung up", "silent"])
async def test_a_commit_whose_answer_is_lost_is_not_done_twice(
    database_url: str, shop_on: Callable[[str], Shop], how: str
) -> None:
    server, name = re.findall(r":(\d+)(/\w+)$", database_url)[0]
    way = Way(int(server))
    shop = shop_on(database_url.replace(f":{server}{name}", f":{way.port}{name}"))
    try:
        async with shop.worker() as writer:
            shop.enters(writer)
            await written(writer)
            way.swallow = b"COMMIT"
            shop.enters(writer)
            await until(lambda: way.swallowed)
            if how == "silent":
                way.silent.set()
                await asyncio.sleep(2)
                way.cut()
                way.silent.clear()
            shop.enters(writer)
            await written(writer)
        await shop.has_everything_once()
    finally:
        way.close()


@ON_POSTGRES
async def test_a_transaction_that_hangs_on_the_server_is_waited_for(
    database_url: str, shop_on: Callable[[str], Shop]
) -> None:
    """The same visit, not yet committed by a connection that is cut off: the next try neither fails nor doubles it."""
    shop = shop_on(database_url)
    await shop.link.shop_id()
    visit = new_visit(datetime.now(UTC))
    recorder = Recorder(shop.database, "camera", Offer(), "Riga", MAX_AGE)
    async with shop.database.session() as session:
        await recorder._record(session, visit)
        with pytest.raises(DatabaseError, match="locked by another program"):
            await recorder.store(visit)
        later = asyncio.create_task(recorder.store(visit))
        await asyncio.sleep(0.2)
    assert await later is False
    assert await shop.all(select(func.count()).select_from(Delivery)) == [(1,)]


async def test_a_worker_may_start_before_its_server_and_be_killed_before_it_comes(
    postgres_server: PostgresServer, shop_on: Callable[[str], Shop], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    durable(postgres_server)
    url = postgres_server.url("shop")
    postgres_server.stop()
    killed, next_ = shop_on(url), shop_on(url)
    async with killed.worker() as writer:
        for _ in range(3):
            killed.enters(writer)
        await until(lambda: len({entry.id for entry in killed.spool.read()}) == 3)
        left = killed.spool.path.read_bytes()
    next_.spool.path.write_bytes(left)  # as SIGKILL would leave it, nothing tidied
    next_.visits = killed.visits
    async with next_.worker() as writer:
        next_.enters(writer)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(postgres_server.start)
        await written(writer)
        await until(lambda: "4 that waited are written" in caplog.text)
    await next_.has_everything_once()


@ON_POSTGRES
async def test_what_waited_too_long_is_missed_and_told_in_one_summary(
    database_url: str, shop_on: Callable[[str], Shop]
) -> None:
    shop = shop_on(database_url)
    async with shop.worker() as writer:
        for ago in (MAX_AGE + 120, MAX_AGE + 60, MAX_AGE + 5, 5):
            shop.enters(writer, datetime.now(UTC) - timedelta(seconds=ago))
        await written(writer)
    states = await shop.all(select(Visit.state, Delivery.state).join(Delivery).order_by(Visit.first_seen))
    assert [tuple(row) for row in states] == [("missed", "expired")] * 3 + [("offered", "pending")]
    ((summary,),) = await shop.all(select(Notice.payload).where(Notice.kind == "summary"))
    assert summary["visitors"] == 3


@ON_POSTGRES
async def test_what_is_decided_behind_many_that_wait_is_on_the_disk(
    database_url: str, shop_on: Callable[[str], Shop]
) -> None:
    """A worker that is killed while it forwards loses nothing either."""
    shop = shop_on(database_url)
    shop.spool.hold()
    waiting = [new_visit(datetime.now(UTC)) for _ in range(50)]
    shop.spool.append(waiting)
    shop.spool.let_go()
    async with shop.worker() as writer:
        shop.enters(writer)
        assert {entry.id for entry in shop.spool.read()} == {visit.id for visit in [*waiting, *shop.visits]}
        await written(writer)
    assert len(await shop.all(select(Visit.id))) == 51


async def test_one_spool_is_for_one_worker(tmp_path: Path, shop_on: Callable[[str], Shop]) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    first, second = shop_on(url), shop_on(url)
    async with first.worker():
        with pytest.raises(DatabaseError, match="another worker keeps its visits in"):
            second.spool.hold()
    second.spool.hold()
    second.spool.let_go()


def test_only_the_newest_pictures_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from worker import spool as spools

    monkeypatch.setattr(spools, "PICTURES", 3)
    monkeypatch.setattr(spools, "_PICTURED_BYTES", 20_000)
    picture = b"\xff\xd8" + bytes(3000) + b"\xff\xd9"
    spool = Spool(tmp_path / "unwritten.jsonl", Database(f"sqlite+aiosqlite:///{tmp_path}/shop.db").snapshots)
    decided = [new_visit(datetime.now(UTC), snapshot=picture) for _ in range(10)]
    for visit in decided:
        spool.append([visit])
    read = spool.read()
    assert [replace(visit, snapshot=None) for visit in decided] == [replace(visit, snapshot=None) for visit in read]
    pictured = [at for at, visit in enumerate(read) if visit.snapshot]
    assert len(pictured) == 3
    assert pictured[-1] < 9
    assert spool.path.stat().st_size < 50_000
