"""Backups of a whole shop: one file, made while Amiko runs, and brought back whole or not at all."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TypeVar

from sqlalchemy import Connection, inspect

from db import archive, postgres_tools, revisions, sqlite_copies
from db.archive import DATABASE, MODELS, PICTURES, About
from db.engine import Database, connect, explained, make_folder, sqlite_file
from db.errors import DatabaseError
from db.files import put
from db.in_use import require_unused
from db.snapshots import PLAIN, SEALED
from db.tables import METADATA

T = TypeVar("T")

_MODEL = ".skops"


async def backup(database: Database, file: Path, model_folder: Path, pictures: bool, force: bool) -> About:
    """Save a database and the models beside it, as they are at one moment; whoever uses them goes on meanwhile.

    Args:
        database: to be saved.
        file: of the backup.
        model_folder: whose models are saved, too.
        pictures: whether those on cards are; encrypted ones stay so.
        force: replace a file that is there.

    Raises:
        DatabaseError: the file is there, the database cannot be read, or the file not be written.
    """
    source = sqlite_file(database.url)
    _require_writable(file, source, force)
    with _workshop(file.parent) as folder:
        copy = folder / DATABASE
        schema = await _copy_out(database, copy)
        about = About(
            kind="sqlite" if source else "postgresql",
            schema=schema,
            version=version("amiko"),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        # The database first: a model or picture that its rows tell of was there before them.
        members = [(DATABASE, copy), *_files(model_folder, MODELS, _MODEL)]
        if pictures:
            members += _files(database.snapshots.folder, PICTURES, PLAIN, SEALED)
        await asyncio.to_thread(archive.write, file, about, members)
        return await asyncio.to_thread(archive.read, file)


async def restore(database: Database, file: Path, model_folder: Path, force: bool) -> About:
    """Bring a backup back. An older schema is brought to the newest by whichever command uses the database next.

    Args:
        database: whose kind must be that of the backup's.
        file: of the backup.
        model_folder: where its models go, beside those that are there.
        force: replace a database that is there.

    Raises:
        DatabaseError: the backup is damaged, of another kind or newer than this software, the database is in use, or
            there and not to be replaced. Then it is as it was.
    """
    about = await asyncio.to_thread(archive.read, file)
    _require_known(file, about)
    target = sqlite_file(database.url)
    if (about.kind == "sqlite") != (target is not None):
        raise DatabaseError(
            f"{file} is of a {about.kind} database, {database.name} is of another kind; restore it to a new one of its "
            "own kind, and move that with amiko db copy"
        )
    await _require_free(database, force)
    if target:
        make_folder(target)  # a new machine has none yet
    # A dump is as large as its backup, and /tmp may be small or in memory.
    beside = file.parent if os.access(file.parent, os.W_OK) else None
    with _workshop(target.parent if target else beside) as folder:
        await asyncio.to_thread(archive.extract, file, about.sha256, folder)
        copy = folder / DATABASE
        # As always, files are there before the rows that tell of them.
        _put(folder, about, MODELS, model_folder)
        _put(folder, about, PICTURES, database.snapshots.folder)
        if target:
            await asyncio.to_thread(sqlite_copies.check, copy, f"in {file}")
            await asyncio.to_thread(sqlite_copies.put_in_place, copy, target)
        else:
            await postgres_tools.restore(database.url, await _server(database), copy, _tables())
    return about


def _require_writable(file: Path, database: Path | None, force: bool) -> None:
    try:
        there = file.exists()
    except OSError as error:  # such as a name that is too long
        raise DatabaseError(f"the backup {file} cannot be written ({error.strerror}); choose another name") from error
    if there and database and file.samefile(database):
        raise DatabaseError(f"{file} is the database itself; choose another name for the backup")
    if there and not force:
        raise DatabaseError(f"{file} is there already; choose another name, or --force to replace it")


async def _copy_out(database: Database, copy: Path) -> str:
    """Copy the database into a file, and look at what has come of it; the revision of its schema."""
    if source := sqlite_file(database.url):
        await asyncio.to_thread(sqlite_copies.copy_out, source, copy)
        return await _asked(f"sqlite+aiosqlite:///{copy}", str(source), _schema)
    schema = await _asked(database.url, database.name, _schema)
    wanted = await _ours(database)  # fewer than ours, where the schema is older
    await postgres_tools.dump(database.url, await _server(database), copy)
    contents = await postgres_tools.contents(copy)
    if missing := [table for table in wanted if not re.search(rf" TABLE \S+ {table} ", contents)]:
        raise DatabaseError(f"pg_dump has left out {', '.join(missing)}; may this user read every table?")
    return schema


async def _require_free(database: Database, force: bool) -> None:
    """See to it that nothing is replaced by accident, or under somebody."""
    target = sqlite_file(database.url)
    if target and target.is_dir():
        raise DatabaseError(f"{target} is a folder; set database.url to a file")
    there = target.exists() and target.stat().st_size > 0 if target else bool(await _ours(database))
    if there and not force:
        raise DatabaseError(
            f"the database {database.name} is there already; --force replaces it, and what is in it is lost"
        )
    if there:
        await require_unused(database)
        await database.close()  # what has the file open keeps it from being replaced, this connection too


async def _ours(database: Database) -> list[str]:
    """Which of our tables a database has."""
    names = await _asked(database.url, database.name, lambda c: inspect(c).get_table_names())
    return sorted(set(_tables()) & set(names))


async def _server(database: Database) -> int:
    """Major version of the server."""
    return await _asked(database.url, database.name, lambda c: int((c.dialect.server_version_info or (0,))[0]))


def _schema(connection: Connection) -> str:
    revision = revisions.of(connection)
    if revision is None:
        raise DatabaseError("this is no database of Amiko: it has no schema; amiko db upgrade makes one")
    return revision


async def _asked(url: str, name: str, work: Callable[[Connection], T]) -> T:
    """What `work` finds on a connection of its own."""
    engine = connect(url)
    try:
        with explained(name):
            async with engine.connect() as connection:
                return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _tables() -> list[str]:
    return [*(table.name for table in METADATA.sorted_tables), "alembic_version"]


def _require_known(file: Path, about: About) -> None:
    if about.schema not in revisions.known():
        raise DatabaseError(f"{file} was made by a newer version of Amiko ({about.version}); update this one")


def _files(folder: Path, what: str, *suffixes: str) -> Iterator[tuple[str, Path]]:
    """The files of a folder, each with its name in a backup."""
    if folder.is_dir():
        yield from ((f"{what}/{file.name}", file) for file in sorted(folder.iterdir()) if file.suffix in suffixes)


def _put(unpacked: Path, about: About, what: str, folder: Path) -> None:
    """Put unpacked files where they belong."""
    names = [PurePosixPath(member).name for member in about.sha256 if member.startswith(f"{what}/")]
    try:
        if names:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            put(unpacked / name, folder / name)
    except OSError as error:
        raise DatabaseError(
            f"the {what} cannot be written to {folder} ({error.strerror}); nothing was restored"
        ) from error


@contextmanager
def _workshop(beside: Path | None) -> Iterator[Path]:
    """A folder for unfinished work, on the disk of the finished; nobody else may read it, and it goes afterwards."""
    try:
        folder = tempfile.TemporaryDirectory(prefix=".amiko-", dir=beside)
    except OSError as error:
        raise DatabaseError(
            f"the folder {beside} cannot be written ({error.strerror}); create it, or name another one"
        ) from error
    with folder as path:
        yield Path(path)
