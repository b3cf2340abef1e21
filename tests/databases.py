"""Fixtures: an empty or migrated database for each test, on SQLite and on PostgreSQL.

A test that asks for `database_url` runs twice: with a SQLite file `amiko.db` in its `tmp_path`, and with a PostgreSQL
database of its own. Both are at the newest schema; `empty_database_url` is one that was never prepared, and
`module_database_url` one that the tests of a module share. What is about one of the two says `@ON_SQLITE` or
`@ON_POSTGRES`, and why; what stops the server asks for a `postgres_server` of its own.

The server is started at the first such test of a process (under pytest-xdist: of a worker), from programs on the PATH
or in /usr/lib/postgresql. AMIKO_TEST_POSTGRES names one that runs already, by the SQLAlchemy URL of a database whose
user may create others. Where there is neither, those tests are skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from db.engine import Database
from tests.postgres_server import Databases, NoServerError, PostgresServer, in_thread

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)

_GIVEN_SERVER = os.environ.get("AMIKO_TEST_POSTGRES")  # read here: tests see no AMIKO_ variables


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[Databases]:
    """Makes and drops databases on the PostgreSQL server that the whole session shares."""
    if _GIVEN_SERVER:
        databases = Databases(_GIVEN_SERVER)
        yield databases
        databases.close()
        return
    server = _started()
    databases = Databases(server.url("postgres"))
    yield databases
    databases.close()
    server.close()


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for one test alone, which may stop it, start it again, or break it."""
    server = _started()
    yield server
    server.close()


def _started() -> PostgresServer:
    try:
        return PostgresServer()
    except NoServerError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest schema: copying it takes a hundredth of what migrating takes."""
    file = tmp_path_factory.mktemp("migrated") / "amiko.db"
    in_thread(_upgraded(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def _migrated_template(postgres_databases: Databases) -> Iterator[str]:
    """The name of a PostgreSQL database at the newest schema."""
    name = postgres_databases.make()
    in_thread(_upgraded(postgres_databases.url(name)))
    yield name
    postgres_databases.drop(name)


async def _upgraded(url: str) -> None:
    database = Database(url)
    await database.upgrade()
    await database.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which of the two a test runs on now."""
    return str(request.param)


@pytest.fixture
def empty_database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without any table."""
    if database_kind == "sqlite":
        yield _file_url(tmp_path)
        return
    databases: Databases = request.getfixturevalue("postgres_databases")
    with _made(databases) as url:
        yield url


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database at the newest schema, with nothing in it."""
    with _newest(database_kind, tmp_path, request) as url:
        yield url


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory: pytest.TempPathFactory, database_kind: str) -> Path:
    """The folder of what the tests of a module share, one for each kind of database."""
    return tmp_path_factory.mktemp(database_kind)


@pytest.fixture(scope="module")
def module_database_url(database_kind: str, module_folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database at the newest schema that the tests of a module share: a file lies in `module_folder`."""
    with _newest(database_kind, module_folder, request) as url:
        yield url


@contextmanager
def _newest(database_kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if database_kind == "sqlite":
        shutil.copyfile(request.getfixturevalue("_migrated_file"), folder / "amiko.db")
        yield _file_url(folder)
        return
    databases: Databases = request.getfixturevalue("postgres_databases")
    with _made(databases, request.getfixturevalue("_migrated_template")) as url:
        yield url


def _file_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/amiko.db"


@contextmanager
def _made(databases: Databases, *template: str) -> Iterator[str]:
    name = databases.make(*template)
    yield databases.url(name)
    databases.drop(name)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What a database answers to a query, without our code in between."""

    async def ask() -> list[tuple[Any, ...]]:
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                return [tuple(row) for row in (await connection.execute(text(query))).all()]
        finally:
            await engine.dispose()

    return list(in_thread(ask()))
