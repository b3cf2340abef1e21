"""`amiko db`: the schema of the database, its move to another one, and its backups."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.errors import AmikoError
from amiko.options import ConfigOption, DatabaseOption
from customers.model_folder import model_folder
from db.engine import Database
from worker.spool import beside

app = typer.Typer(help="The database.", no_args_is_help=True)
Result = TypeVar("Result")

ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@app.command()
def upgrade(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Create the database, or bring it to the newest schema; the other commands do this by themselves."""
    loaded = with_database(load(config), db)
    asyncio.run(_upgrade(loaded))
    typer.echo(f"{Database(loaded.database.url).name} has the newest schema.")


@app.command()
def copy(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="A new, empty database.")],
    from_: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="The database to be copied; otherwise config.yaml's.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Copy everything into another, empty database, also of another kind: rows, pictures, models. Stop Amiko first.

    Both sides are counted and summed up at the end; where they differ, nothing is kept of the copy.
    """
    from db.copying import copy as copy_rows
    from db.copying import require_file
    from db.files import take_along
    from db.in_use import require_unused

    loaded = load(config)
    source, target = with_database(loaded, from_, "--from"), with_database(loaded, to, "--to")
    if (spool := beside(source.database.url)).exists():
        raise AmikoError(
            f"visits wait in {spool} to be written; start the worker once, so that it writes them, then stop"
        )
    shown = Console(stderr=True)

    async def work(old: Database, new: Database) -> None:
        require_file(old)  # asking whether it is in use would make one
        await require_unused(old)
        with shown.status("copying") as status:
            copied = await copy_rows(old, new, lambda table, rows: status.update(f"{table}: {rows:,} rows"))
        table = Table("table", "rows there", "rows here", "checksum there", "checksum here", "")
        for one in copied.tables:
            same = "the same" if one.source == one.target else "DIFFERS"
            table.add_row(
                one.name, f"{one.source.rows:,}", f"{one.target.rows:,}", *_short(one.source, one.target), same
            )
        Console().print(table)
        if copied.differing:
            raise AmikoError(
                f"{new.name} does not hold the same ({', '.join(copied.differing)}); nothing was kept of it"
            )
        try:
            models = take_along(_models(source), _models(target), (".skops",))
        except OSError as error:
            raise AmikoError(
                f"everything is copied but the models ({error}); copy {_models(source)} to {_models(target)} yourself"
            ) from error
        typer.echo(
            f"{old.name} is copied to {new.name}, with {copied.pictures} pictures (in {new.snapshots.folder}) and "
            f"{len(models)} models (in {_models(target)}). Set database.url (or AMIKO_DATABASE__URL) to the new one."
        )

    async def both() -> None:
        old = assemble.unopened(source)
        try:
            await _with(target, lambda new: work(old, new))
        finally:
            await old.close()

    asyncio.run(both())


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The backup: a tar file, such as amiko-2026-05-04.tar.")],
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Also the pictures on cards; they then live as long as the backup.")
    ] = False,
    force: ForceOption = False,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Save the database and the models into one file, while Amiko runs; then check it."""
    from db.backup import backup as save

    loaded = with_database(load(config), db)
    about = asyncio.run(_with(loaded, lambda database: save(database, file, _models(loaded), pictures, force)))
    typer.echo(
        f"{file}: {file.stat().st_size / 1e6:,.1f} MB, the {about.kind} database (schema {about.schema}), "
        f"{about.number('models')} models and {about.number('pictures')} pictures; checked."
    )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup that amiko db backup made.")],
    force: ForceOption = False,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Bring a backup back, whole or not at all. Stop Amiko first."""
    from db.backup import restore as bring_back

    loaded = with_database(load(config), db)
    about = asyncio.run(_with(loaded, lambda database: bring_back(database, file, _models(loaded), force)))
    typer.echo(
        f"{Database(loaded.database.url).name} is as it was at {about.made_at}, with {about.number('models')} models "
        f"and {about.number('pictures')} pictures."
    )


async def _upgrade(config: Config) -> None:
    database = await assemble.database(config)
    await database.close()


async def _with(config: Config, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """What `work` answers of the configured database, which it has to open itself."""
    database = assemble.unopened(config)
    try:
        return await work(database)
    finally:
        await database.close()


def _models(config: Config) -> Path:
    return model_folder(config.customers.models, config.database.url)


def _short(*contents: object) -> list[str]:
    return [str(content)[:12] for content in contents]
