"""The connection to the database: one object, transactions that commit or roll back, migrations at start."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from db import postgres
from db.errors import DatabaseError, explain
from db.snapshots import Sealing, Snapshots

T = TypeVar("T")

PATIENCE_SECONDS = 10.0
"""How long a transaction waits for another program's lock, unless told otherwise."""


class Database:
    """A database by its SQLAlchemy URL (an asyncio driver). Nothing is opened before the first use.

    Args:
        url: of the database.
        patience_seconds: how long a transaction waits for the lock that another program holds.
        sealing: encrypts the pictures; without it they are plain files.
        pictures: the folder of the pictures; without it they lie beside a SQLite file, or in data/snapshots.

    Attributes:
        name: what to call the database in a sentence; never with a password.
        snapshots: the pictures.
    """

    def __init__(
        self,
        url: str,
        patience_seconds: float = PATIENCE_SECONDS,
        sealing: Sealing | None = None,
        pictures: Path | None = None,
    ) -> None:
        self.url = url
        self.name = name_of(url)
        self.snapshots = Snapshots(pictures or pictures_of(url), sealing)
        self._engine = connect(url, patience_seconds=patience_seconds)
        if on_postgres(url):
            self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writing: AbstractAsyncContextManager[object] = nullcontext()
        else:
            self._reading = self._engine.execution_options(amiko_reading=True)
            self._writing = asyncio.Lock()
        self._reader = _reader(url, patience_seconds) if sqlite_file(url) else None

    async def upgrade(self) -> None:
        """Create the database or bring it to the newest schema.

        Raises:
            DatabaseError: it cannot be created or reached, is none, or is newer than this software.
        """
        # Imported here: Alembic costs a process that only reads and writes a third of a second, and it begins
        # to talk when it is imported.
        logging.getLogger("alembic").setLevel(logging.WARNING)
        from db.migrate import upgrade

        with explained(self.name):
            _make_file(self.url)
            await upgrade(self.url, self.name, self.snapshots.folder)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One writing transaction: committed on a normal exit, rolled back on an exception.

        With SQLite, writers of this process take turns here instead of polling its lock against each other. With
        PostgreSQL they are at work side by side: who reads a row to change it then says `with_for_update`.

        Raises:
            DatabaseError: the database cannot be read or written.
        """
        async with self._writing:
            with explained(self.name):
                async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                    yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One transaction that only reads: it waits for no writer and none waits for it.

        Raises:
            DatabaseError: the database cannot be read.
        """
        with explained(self.name):
            async with AsyncSession(self._reading, expire_on_commit=False) as session, session.begin():
                yield session

    async def read(self, work: Callable[[Session], T]) -> T:
        """What `work` finds in one transaction that only reads, for several small queries in a row.

        With SQLite it runs in a thread, on a driver that knows no event loop: a query costs a quarter of what it costs
        in `reading`, where each of its steps wakes another thread and is waited for.

        Raises:
            DatabaseError: the database cannot be read.
        """
        if self._reader is None:
            async with self.reading() as session:
                return await session.run_sync(work)
        return await asyncio.to_thread(self._read_in_thread, work)

    def _read_in_thread(self, work: Callable[[Session], T]) -> T:
        with explained(self.name), Session(self._reader, expire_on_commit=False) as session, session.begin():
            return work(session)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
        if self._reader is not None:
            self._reader.dispose()


def connect(
    url: str, *, foreign_keys: bool = True, patience_seconds: float = PATIENCE_SECONDS, **options: Any
) -> AsyncEngine:
    """An engine whose SQLite connections are durable, patient, and begin writing transactions at once.

    A transaction that reads first and writes later can fail with SQLITE_BUSY however patient it is; BEGIN
    IMMEDIATE takes the writer's lock first. With the execution option `amiko_reading` it begins without.
    PostgreSQL's are those of `db.postgres`; without `foreign_keys` they have the time that a migration takes.
    `options` are for `create_async_engine`.
    """
    if on_postgres(url):
        return postgres.engine(
            make_url(url), name_of(url), patience_seconds=patience_seconds, hurried=foreign_keys, **options
        )
    engine = create_async_engine(url, connect_args={"factory": _Connection}, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {round(patience_seconds * 1000)}")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA secure_delete = ON")  # a purged visit must not linger in the file
            cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
            cursor.close()
        except BaseException:
            connection.close()  # the pool does not know it yet, and its thread would live on
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("amiko_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


class _Connection(sqlite3.Connection):
    """A connection whose transaction ends when it is closed.

    SQLite keeps a closed connection, and its lock, for as long as one of its cursors lives: after a task was cancelled
    amid a statement its traceback holds one, and nobody could write any more.
    """

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


def _reader(url: str, patience_seconds: float) -> Engine:
    """An engine without an event loop, whose connections refuse to write."""
    engine = create_engine(make_url(url).set(drivername="sqlite"))

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins no transaction for a SELECT
        connection.execute(f"PRAGMA busy_timeout = {round(patience_seconds * 1000)}")
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite URL, None for another database or one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def pictures_of(url: str) -> Path:
    """The folder beside the database's file, or in data/ where it has none."""
    file = sqlite_file(url)
    return file.with_name(file.name + ".snapshots") if file else Path("data/snapshots")


def on_postgres(url: str) -> bool:
    """Whether a URL is of a PostgreSQL database."""
    return make_url(url).get_backend_name() == "postgresql"


def name_of(url: str) -> str:
    """What to call a database in a sentence; never with a password."""
    if file := sqlite_file(url):
        return str(file)
    parsed = make_url(url)
    if not on_postgres(url):
        return parsed.render_as_string(hide_password=True)
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.database} on {parsed.host or 'this machine'}{port}"


def _make_file(url: str) -> None:
    """Create the folder and the file of a SQLite database where they are missing.

    SQLite itself is asked first whether it can open the file: aiosqlite leaves a thread behind when it cannot.
    """
    if file := sqlite_file(url):
        make_folder(file)
        sqlite3.connect(file).close()


def make_folder(file: Path) -> None:
    """Create the folder of a SQLite database where it is missing.

    Raises:
        DatabaseError: it cannot be created.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"the folder {file.parent} for the database cannot be created ({error.strerror}); "
            "set database.url to a file in a folder that may be written"
        ) from error


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turns what the driver says into a DatabaseError where a user can do something about it."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, PoolTimeout) as error:
        if sentence := explain(error, name):
            raise sentence from error
        raise
