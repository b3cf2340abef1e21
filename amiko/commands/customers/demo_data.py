"""`amiko customers demo-data`: a generated shop for first steps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo_data(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new or empty folder, or one written by this command.")
    ],
    customers: Annotated[int, typer.Option(min=20, max=1_000_000, help="How many customers.")] = 1000,
    sessions: Annotated[int, typer.Option(min=20, max=1_000_000, help="How many sessions.")] = 5000,
    seed: Annotated[int, typer.Option(min=0, help="Of every random choice.")] = 1,
) -> None:
    """Write the files of a shop that was generated: customers and sessions who never lived, for first steps."""
    from customers.generated.files import SESSION_FILE, VIEW_FILE, write_shop  # pandas, which no other process needs

    write_shop(folder, customers, sessions, seed)
    typer.echo(f"SYNTHETIC: {customers} customers and {sessions} sessions who never lived stand in {folder}.")
    typer.echo(f"Next: amiko customers import {folder}")
    typer.echo(f"      amiko customers import-sessions {folder / SESSION_FILE} {folder / VIEW_FILE}")
