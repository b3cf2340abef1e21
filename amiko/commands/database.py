"""`amiko db`: the schema of the database."""

from __future__ import annotations

import asyncio

import typer

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command()
def upgrade(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Create the database, or bring it to the newest schema; the other commands do this by themselves."""
    loaded = with_database(load(config), db)
    asyncio.run(_upgrade(loaded))
    typer.echo(f"{loaded.database.url} has the newest schema.")


async def _upgrade(config: Config) -> None:
    database = await assemble.database(config)
    await database.close()
