"""`amiko customers quarantine`: rows of imported files that could not be trusted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption
from db import quarantine as kept
from db.shop_models import QuarantinedRow


class Kind(StrEnum):
    """What was being imported."""

    CUSTOMERS = "customers"
    SESSIONS = "sessions"


def quarantine(
    kind: Annotated[Kind | None, typer.Argument(help="Of which import; of all without it.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Show the rows that the last import left out, each with its file, its line and the reason."""
    count, rows = asyncio.run(_rows(with_database(load(config), db), kind.value if kind else None, limit))
    if as_json:
        typer.echo(json.dumps({"count": count, "rows": [_fields(row) for row in rows]}, ensure_ascii=False, indent=2))
        return
    if not rows:
        typer.echo("No row is in quarantine.")
        return
    table = Table("file", "line", "reason", "row")
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(escape(row.file), str(row.line), escape(row.reason), escape(row.content))
    Console().print(table)
    if count > len(rows):
        typer.echo(f"{len(rows)} of {count} rows; --limit {count} shows all.")


def _fields(row: QuarantinedRow) -> dict[str, str | int]:
    return {
        "kind": row.kind,
        "file": row.file,
        "line": row.line,
        "reason": row.reason,
        "content": row.content,
        "imported_at": row.imported_at.astimezone(UTC).isoformat(),
    }


async def _rows(config: Config, kind: kept.Kind | None, limit: int) -> tuple[int, Sequence[QuarantinedRow]]:
    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            return await kept.count(session, kind), await kept.page(session, kind, limit=limit)
    finally:
        await database.close()
