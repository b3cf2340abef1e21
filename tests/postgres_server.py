"""A PostgreSQL server of one's own: started in a temporary folder, as a rule quick and forgetful, gone afterwards."""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

import asyncpg

USER, PASSWORD = "amiko", "swordfish"
FORGETFUL = {
    # What is lost by a power cut is no loss here; what a killed server has committed would be.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "timezone": "America/St_Johns",  # what depends on the server's time zone is found out
}
_SIGN_IN = """\
local all postgres trust
host all all 127.0.0.1/32 password
"""
_PATIENCE_SECONDS = 60.0
_LIBC = ctypes.CDLL(None)


class NoServerError(Exception):
    """No PostgreSQL can be started here; the message says why."""


class PostgresServer:
    """A server on a free port of 127.0.0.1 that takes the user `amiko` with a password; `url` names a database of it.

    Args:
        settings: of the server, by PostgreSQL's names for them.

    Raises:
        NoServerError: PostgreSQL's programs are not installed, or do not run here.
    """

    def __init__(self, settings: Mapping[str, str] = FORGETFUL) -> None:
        self._settings = dict(settings)
        self._programs = _programs()
        self._user = _user()
        self.folder = Path(tempfile.mkdtemp(prefix="amiko-pg-", dir="/tmp"))  # short: a socket lies in it
        if self._user:
            os.chown(self.folder, pwd.getpwnam(self._user).pw_uid, -1)
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        try:
            self._call("initdb", "-D", "data", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
            (self.folder / "data" / "pg_hba.conf").write_text(_SIGN_IN)
            self.start()
            self.run(f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{PASSWORD}'")
            self.run(f"CREATE DATABASE amiko OWNER {USER}")
        except BaseException:
            self.close()
            raise

    def url(self, database: str = "amiko") -> str:
        """The SQLAlchemy URL of one of its databases; it begins with an empty one called amiko."""
        return f"postgresql+asyncpg://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it on the same port, and wait until it answers.

        Raises:
            NoServerError: it does not.
        """
        here = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder)}
        settings = [part for name, value in (self._settings | here).items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._programs / "postgres", "-D", "data", "-p", str(self.port), *settings],
                cwd=self.folder,
                user=self._user,
                extra_groups=[] if self._user else None,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
            )
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self.run("SELECT 1")
                return
            except (OSError, asyncpg.PostgresError) as error:
                if self.process.poll() is not None or time.monotonic() > give_up:
                    words = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise NoServerError(f"PostgreSQL does not start: {error}; its log ends: {words}") from error
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: SIGQUIT at once, as a crash would, SIGINT after rolling everything back, SIGTERM when all left."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(_PATIENCE_SECONDS)
            self.process = None

    def close(self) -> None:
        """Stop it for good."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, statement: str) -> Any:
        """What the server's administrator is answered, in its first column."""

        async def run() -> Any:
            connection = await asyncpg.connect(
                host=str(self.folder), port=self.port, user="postgres", database="postgres", timeout=10
            )
            try:
                return await connection.fetchval(statement)
            finally:
                await connection.close()

        return in_thread(run())

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self.folder,
            user=self._user,
            extra_groups=[] if self._user else None,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NoServerError(f"{program} fails here: {done.stderr.strip()}")


class Databases:
    """Makes databases on a server, and takes them away again. Each is a copy of another, which takes milliseconds.

    Args:
        url: of the database to be connected to meanwhile, by a user who may create others.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tests' databases", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection[Any] = self._wait(
            asyncpg.connect(url.replace("+asyncpg", ""), timeout=_PATIENCE_SECONDS)
        )
        self._numbers = itertools.count()
        self._copies = self._wait(self._connection.fetchval("SHOW server_version_num")) >= "150000"

    def make(self, template: str = "template0") -> str:
        """The name of a new database with what is in `template`."""
        name = f"amiko_test_{os.getpid()}_{next(self._numbers)}"
        strategy = " STRATEGY file_copy" if self._copies else ""
        self._wait(self._connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}{strategy}"))
        return name

    def drop(self, name: str) -> None:
        """Take a database away, whoever is still connected to it."""
        self._wait(self._connection.execute(f"DROP DATABASE {name} WITH (FORCE)"))

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of one of them."""
        return f"{self._url.rpartition('/')[0]}/{name}"

    def close(self) -> None:
        """Hang up."""
        self._wait(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_PATIENCE_SECONDS)


def in_thread(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine answers on an event loop of its own, whether or not one runs here."""
    answers: list[Any] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(asyncio.run(coroutine))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return answers[0]


def _programs() -> Path:
    """The folder of the newest PostgreSQL programs: on the PATH, or where Debian puts them.

    Raises:
        NoServerError: there are none.
    """
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if not debian:
        raise NoServerError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return debian[-1].parent


def _user() -> str | None:
    """Whom the server runs as, None for who we are: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """Let the kernel stop the server when the tests are killed (Linux)."""
    if hasattr(signal, "pthread_kill") and Path("/proc/self").exists():
        _LIBC.prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG
