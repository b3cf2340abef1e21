"""The import from the shop's own database: SQLite, and a MariaDB server that is really started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, Date, DateTime, Engine, Integer, MetaData, String, Table, create_engine, insert
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner, Result

from amiko.cli import app
from tests.databases import ON_SQLITE


def imported(database_url: str, url: str) -> Result:
    command = ["customers", "import-sessions", "--url", url, "--db", database_url]
    return CliRunner().invoke(app, command)


def fill(engine: Engine, start: type[DateTime] | type[Date] = DateTime) -> None:
    """The two tables of the first system, with two sessions, one of which lasts less than nothing."""
    metadata = MetaData()
    name = String(32)
    sessions = Table(
        "session",
        metadata,
        Column("session_id", name, primary_key=True),
        Column("start_time", start),
        Column("end_time", DateTime),
        Column("gender", name),
    )
    views = Table(
        "product",
        metadata,
        Column("session_id", name),
        Column("sequence_order", Integer),
        *(Column(f"category_{level}", name) for level in "abcd"),
        Column("price", Integer),
    )
    metadata.create_all(engine)
    began = datetime(2014, 11, 14, 0, 2, 14)
    whole_day = start is Date
    values = [
        {"session_id": "u1", "start_time": began.date() if whole_day else began, "end_time": datetime(2014, 11, 14, 1)},
        {
            "session_id": "u2",
            "start_time": date(2014, 11, 15) if whole_day else began,
            "end_time": datetime(2013, 1, 1),
        },
    ]
    levels = {f"category_{level}": f"{level.upper()}1" for level in "abcd"}
    with engine.begin() as connection:
        connection.execute(insert(sessions), [{**row, "gender": "female"} for row in values])
        connection.execute(insert(views), [{"session_id": "u1", "sequence_order": n, **levels} for n in (1, 2)])
    engine.dispose()


def test_the_two_tables_of_a_sqlite_file_are_read(database_url: str, tmp_path: Path) -> None:
    fill(create_engine(f"sqlite:///{tmp_path}/shop.db"))
    told = imported(database_url, f"sqlite:///{tmp_path}/shop.db").stdout
    assert "1 sessions (1 with a gender) and 2 views are in the database." in told
    assert "session, line 2: end_time 2013-01-01 00:00:00 is before start_time 2014-11-14 00:02:14" in told


def test_days_without_a_time_are_midnight(database_url: str, tmp_path: Path) -> None:
    fill(create_engine(f"sqlite:///{tmp_path}/shop.db"), Date)
    assert (
        "mended: session, line 1: a time stamp has a date only"
        in imported(database_url, f"sqlite:///{tmp_path}/shop.db").stdout
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///nowhere.db", "--url: there is no file nowhere.db"),
        ("shop", "is no SQLAlchemy URL of a known database"),
        ("fox://shop", "is no SQLAlchemy URL of a known database"),
        ("mysql://root:secret@127.0.0.1:1/shop", "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_read_is_told_in_a_sentence_without_its_password(
    database_url: str, url: str, sentence: str
) -> None:
    if url.startswith("mysql"):
        pytest.importorskip("pymysql")
    refused = imported(database_url, url)
    assert sentence in str(refused.exception)
    assert "secret" not in str(refused.exception)


def test_missing_tables_and_columns_are_named(database_url: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    engine = create_engine(url)
    metadata = MetaData()
    Table("session", metadata, Column("session_id", String), Column("start_time", DateTime)).create(engine)
    assert "the table session of" in str(imported(database_url, url).exception)
    assert "lacks the column end_time" in str(imported(database_url, url).exception)
    with engine.begin() as connection:
        metadata.drop_all(connection)
    assert "has no table session" in str(imported(database_url, url).exception)
    engine.dispose()


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of a MariaDB server that lives as long as the test."""
    pytest.importorskip("pymysql", reason="pip install 'amiko[mysql]' brings the driver")
    server, installer = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or installer is None:
        pytest.skip("MariaDB is not installed (apt install mariadb-server)")
    data = tmp_path / "mariadb"
    root = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [installer, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *root],
        check=True,
        capture_output=True,
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            server,
            "--no-defaults",
            *root,
            f"--datadir={data}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={data}/s",
            f"--pid-file={data}/pid",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        engine = create_engine(f"mysql+pymysql://root@127.0.0.1:{port}/", isolation_level="AUTOCOMMIT")
        _create_database(engine, process)
        yield f"127.0.0.1:{port}/shop"
    finally:
        process.terminate()
        process.wait(60)


def _create_database(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("CREATE DATABASE shop")
            engine.dispose()
            return
        except OperationalError:
            if time.monotonic() > until or process.poll() is not None:
                raise
            time.sleep(0.2)


@ON_SQLITE  # what is imported is the same whoever stores it, and MariaDB takes seconds to start
def test_the_two_tables_of_a_mariadb_server_are_read(database_url: str, mariadb: str) -> None:
    fill(create_engine(f"mysql+pymysql://root@{mariadb}"))
    for scheme in ("mysql", "mariadb", "mysql+pymysql"):
        told = imported(database_url, f"{scheme}://root@{mariadb}")
        assert "1 sessions (1 with a gender) and 2 views are in the database." in told.stdout, told.exception
        assert "session, line 2: end_time 2013-01-01 00:00:00 is before start_time" in told.stdout
