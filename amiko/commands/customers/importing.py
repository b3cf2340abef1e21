"""`amiko customers import`: the shop's customer files into the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption
from customers.errors import CustomersError
from customers.model_folder import model_folder

if TYPE_CHECKING:
    from customers.importing.customer_files import Reading
    from customers.importing.store import Imported

_SHOWN = 5


def import_(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="With market_file.csv, market_money.csv, market_time.csv and money.csv."),
    ],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Import the customers of the online shop; those who are there already are brought up to date.

    Says what was mended and what was left out. Where a churn model is active, it scores all customers anew, and how far
    these have moved from those that it learnt from is told.
    """
    from customers.importing.customer_files import read_customer_files  # pandas, which no other process needs

    settings = with_database(load(config), db)
    reading = read_customer_files(folder)
    done = asyncio.run(_store(settings, reading))
    if reading.synthetic:
        typer.echo("SYNTHETIC: these customers were generated and never lived.")
    typer.echo(f"{len(reading.customers)} customers: {done.new} new, {done.updated} brought up to date.")
    for mend in reading.mends:
        typer.echo(f"Mended: {mend}.")
    _tell_left_out(reading)
    for line in _drift(done):
        typer.echo(line)
    if done.model is not None:
        typer.echo(f"Churn model {done.model} scores all customers …")
        typer.echo(asyncio.run(_score(settings)))


async def _store(config: Config, reading: Reading) -> Imported:
    from customers.importing.store import store

    database = await assemble.database(config)
    try:
        async with database.session() as session:
            return await store(session, reading, datetime.now(UTC))
    finally:
        await database.close()


async def _score(config: Config) -> str:
    """Let the active model score everybody; where that fails, the import stands, and the old scores with it."""
    from customers.churn.scoring import score_customers  # slow to import, and only needed where there is a model

    database = await assemble.database(config)
    try:
        scored = await score_customers(database, model_folder(config.customers.models, config.database.url))
        return f"{scored} customers are scored."
    except CustomersError as error:
        return f"The customers are imported, but not scored: {error}"
    finally:
        await database.close()


def _tell_left_out(reading: Reading) -> None:
    rows = reading.untrusted
    if not rows:
        return
    typer.echo(f"Left out, as they cannot be trusted: {len(rows)} rows (amiko customers quarantine shows them).")
    for row in rows[:_SHOWN]:
        typer.echo(f"  {row.file}, line {row.line}: {row.reason}")
    if len(rows) > _SHOWN:
        typer.echo(f"  … and {len(rows) - _SHOWN} more")


def _drift(done: Imported) -> list[str]:
    """What has moved, and what to do."""
    if not done.drift:
        return []
    moved = [one for one in done.drift if one.level != "none"]
    if not moved:
        return [f"No drift from what churn model {done.model} learnt from: the largest PSI is {done.drift[0].psi:.2f}."]
    lines = [f"Drift from what churn model {done.model} learnt from:"]
    lines += [
        f"  {one.feature}: PSI {one.psi:.2f}, {one.level}; {_told(one.before)} in training, {_told(one.now)} now"
        for one in moved
    ]
    if any(one.level == "large" for one in moved):
        lines.append(
            "What to do: check that the files count in the same units as before; then train again with amiko customers "
            "train churn. Until then, probabilities of churn are less sure than the model's figures say."
        )
    else:
        lines.append("What to do: nothing yet; train again with amiko customers train churn if it grows.")
    return lines


def _told(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else value
