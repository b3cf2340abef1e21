"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Configuration file; otherwise ./config.yaml, otherwise the defaults."),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="Another database, such as sqlite+aiosqlite:///test.db."),
]
