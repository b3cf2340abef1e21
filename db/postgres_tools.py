"""PostgreSQL's own pg_dump, pg_restore and psql: dumps in the custom format, restored in one transaction.

Everything they need to connect, the password too, stands in their environment: a command line is seen by everybody.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import make_url

from db.errors import DatabaseError

_DEBIAN = Path("/usr/lib/postgresql")
_LOCK_SECONDS = 10
_CHUNK = 1 << 20  # bytes
# Those of a newer schema would be in the way of the migrations of an older one.
_DROP_FUNCTIONS = b"""DO $$
DECLARE
    own regprocedure;
BEGIN
    FOR own IN SELECT oid FROM pg_proc
        WHERE pronamespace = to_regnamespace(current_schema()) AND starts_with(proname, 'amiko_')
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', own);
    END LOOP;
END $$;
"""


async def dump(url: str, server: int, target: Path) -> None:
    """Dump a database as it is at one moment; writers go on meanwhile.

    Args:
        url: of the database.
        server: major version of its server.
        target: a file that is made.

    Raises:
        DatabaseError: pg_dump is missing, older than the server, or fails.
    """
    options = ("--format=custom", "--no-owner", "--no-privileges", "--no-password", f"--file={target}")
    await _run(await _program("pg_dump", server), *options, url=url)


async def contents(file: Path) -> str:
    """The table of contents of a dump, which also shows that the file is one.

    Raises:
        DatabaseError: it is none, or of a newer PostgreSQL than pg_restore.
    """
    return await _run(await _program("pg_restore", 0), "--list", str(file))


async def restore(url: str, server: int, file: Path, tables: Iterable[str]) -> None:
    """Put a dump in the place of what is in a database, in one transaction.

    Args:
        url, server: as of `dump`.
        file: the dump.
        tables: names of the tables that go first, as our functions do, and take what depends on them along.

    Raises:
        DatabaseError: a program is missing, or something fails; then the database is as it was.
    """
    reader = await _program("pg_restore", server)
    writer = await _program("psql", server)
    psql = await create_subprocess_exec(
        writer, "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-",
        stdin=PIPE, stderr=PIPE, env=_environment(url),
    )  # fmt: skip
    pg_restore = await create_subprocess_exec(
        reader, "--clean", "--if-exists", "--no-owner", "--no-privileges", "--file=-", str(file),
        stdout=PIPE, stderr=PIPE, env=_environment(None),
    )  # fmt: skip
    assert psql.stderr is not None
    assert pg_restore.stderr is not None
    try:
        _, *said = await asyncio.gather(
            _in_one_transaction(pg_restore, psql, tables), pg_restore.stderr.read(), psql.stderr.read()
        )
        ends = (("pg_restore", await pg_restore.wait(), said[0]), ("psql", await psql.wait(), said[1]))
    finally:
        for process in (pg_restore, psql):
            if process.returncode is None:
                process.kill()
    # Killed is what was stopped because the other one failed.
    for name, code, words in sorted(ends, key=lambda end: end[1] < 0):
        if code:
            raise DatabaseError(
                f"{name} fails ({_shortened(words.decode(errors='replace'))}); the database is as it was"
            )


async def _in_one_transaction(pg_restore: Process, psql: Process, tables: Iterable[str]) -> None:
    """Hand what pg_restore writes to psql; it is committed only when all of it has come."""
    assert pg_restore.stdout is not None
    assert psql.stdin is not None
    try:
        psql.stdin.write(b"BEGIN;\n")
        psql.stdin.writelines(f'DROP TABLE IF EXISTS "{table}" CASCADE;\n'.encode() for table in tables)
        psql.stdin.write(_DROP_FUNCTIONS)
        while chunk := await pg_restore.stdout.read(_CHUNK):
            psql.stdin.write(chunk)
            await psql.stdin.drain()
        if await pg_restore.wait() == 0:
            psql.stdin.write(b"COMMIT;\n")
            await psql.stdin.drain()
        else:
            psql.kill()  # what is not committed is rolled back
        psql.stdin.close()
    except ConnectionError:  # psql has stopped at an error
        pg_restore.kill()


async def _program(name: str, server: int) -> str:
    """A PostgreSQL program that is no older than the server: on the PATH, or where Debian puts them.

    Raises:
        DatabaseError: there is none.
    """
    found = _installed(name)
    versions = {path: await _version(path) for path in found}
    for path, version in versions.items():
        if version >= server:
            return str(path)
    if not found:
        raise DatabaseError(f"{name} is not installed; on Debian: apt-get install postgresql-client")
    raise DatabaseError(
        f"{name} is of PostgreSQL {max(versions.values())}, older than the server ({server}); install the client "
        f"programs of {server} or newer (on Debian: postgresql-client-{server})"
    )


def _installed(name: str) -> list[Path]:
    """Where a program lies, the one to be taken first first."""
    on_path = [Path(path) for path in (shutil.which(name),) if path]
    return on_path + sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: -_number(path.parts[-3]))


async def _version(path: Path) -> int:
    found = re.search(r"(\d+)(\.|\s|$|devel|beta|rc)", await _run(str(path), "--version"))
    return int(found[1]) if found else 0


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else 0.0


async def _run(*command: str, url: str | None = None) -> str:
    process = await create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=_environment(url))
    try:
        said, complained = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise DatabaseError(f"{Path(command[0]).name} fails ({_shortened(complained.decode(errors='replace'))})")
    return said.decode(errors="replace")


def _shortened(said: str) -> str:
    """The first line that tells of an error."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it says nothing"]
    return next((line for line in lines if "error" in line.lower()), lines[0])[:300]


def _environment(url: str | None) -> dict[str, str]:
    """Our own environment, and what the URL says; what it does not say stays to ~/.pgpass and the PG… variables."""
    return {**os.environ, "LC_MESSAGES": "C", **(dict(_settings(url)) if url else {})}


def _settings(url: str) -> Iterator[tuple[str, str]]:
    parsed = make_url(url)
    query = {name: value for name, value in parsed.query.items() if isinstance(value, str)}
    known = {
        "PGHOST": parsed.host or query.get("host"),
        "PGPORT": str(parsed.port) if parsed.port else query.get("port"),
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": query.get("ssl") or query.get("sslmode"),
    }
    yield from ((name, value) for name, value in known.items() if value)
    yield "PGCONNECT_TIMEOUT", "10"
    yield "PGOPTIONS", f"-c lock_timeout={_LOCK_SECONDS}s -c client_min_messages=warning"
