"""`amiko customers import-sessions`: what was looked at in the online shop, from two files or the shop's database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.errors import AmikoError
from amiko.options import ConfigOption, DatabaseOption
from customers.generated.marker import is_synthetic
from customers.sessions.checked import CheckedLog
from customers.sessions.files import CsvTable
from customers.sessions.importing import import_sessions
from customers.sessions.remote import SESSIONS, VIEWS, DatabaseTable, open_log
from customers.sessions.rows import OPTIONAL_COLUMNS, SESSION_COLUMNS, VIEW_COLUMNS
from customers.sessions.source import LogTable

REASONS_SHOWN = 5


def import_(
    session_csv: Annotated[
        Path | None, typer.Argument(help="Sessions: session_id,start_time,end_time[,gender,visitor].")
    ] = None,
    product_csv: Annotated[
        Path | None, typer.Argument(help="Their views: session_id,sequence_order,category_a … category_d.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            metavar="SQLALCHEMY_URL",
            help="Instead of files, a database with the tables session and product, such as "
            "mysql://user:password@host/shop.",
        ),
    ] = None,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Store a session log; sessions that are there already are brought up to date.

    All of it is stored, or nothing. Rows that cannot be trusted are left out: amiko customers quarantine shows them.
    """
    if url is not None:
        if session_csv is not None:
            raise AmikoError("give two files or --url, not both")
        engine = open_log(url)
        sessions: LogTable = DatabaseTable(engine, SESSIONS, SESSION_COLUMNS, OPTIONAL_COLUMNS, ("session_id",))
        views: LogTable = DatabaseTable(engine, VIEWS, VIEW_COLUMNS, (), ("session_id", "sequence_order"))
    elif session_csv is None or product_csv is None:
        raise AmikoError("give two files, SESSION_CSV and PRODUCT_CSV, or --url")
    else:
        sessions, views = CsvTable(session_csv, SESSION_COLUMNS), CsvTable(product_csv, VIEW_COLUMNS)
    log = CheckedLog(sessions, views, datetime.now(UTC))
    synthetic = session_csv is not None and is_synthetic(session_csv.parent)
    asyncio.run(_import(with_database(load(config), db), log, synthetic))
    if synthetic:
        typer.echo("SYNTHETIC: these sessions were generated and never happened.")
    _tell(log)


async def _import(config: Config, log: CheckedLog, synthetic: bool) -> None:
    database = await assemble.database(config)
    try:
        await import_sessions(database, log, datetime.now(UTC), synthetic=synthetic)
    finally:
        await database.close()


def _tell(log: CheckedLog) -> None:
    typer.echo(
        f"{len(log.sessions)} sessions ({log.labelled} with a gender) and {log.view_count} views are in the database."
    )
    for mend in log.mends:
        typer.echo(f"mended: {mend}")
    if log.mended > len(log.mends):
        typer.echo(f"mended: {log.mended - len(log.mends)} more")
    if log.untrusted:
        typer.secho(
            f"{len(log.untrusted)} rows were left out; amiko customers quarantine sessions shows them:", fg="yellow"
        )
        for row in log.untrusted[:REASONS_SHOWN]:
            typer.echo(f"  {row.file}, line {row.line}: {row.reason}")
