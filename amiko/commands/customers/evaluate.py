"""`amiko customers evaluate`: the stored model on files that it has never seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from amiko.commands.customers import churn_evaluation, session_gender
from amiko.commands.customers.kinds import Kind
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption

EVALUATORS: Mapping[Kind, Callable[[Config, Path], dict[str, Any]]] = {
    Kind.CHURN: churn_evaluation.evaluate,
    Kind.SESSION_GENDER: session_gender.evaluate,
}
"""What measures the active model of each kind on the files of a folder; figures fit for JSON."""


def evaluate(
    kind: Annotated[Kind, typer.Argument(help="Which model to measure.")],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of files as import reads them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Measure the model that answers now; nothing is imported or changed."""
    figures = EVALUATORS[kind](with_database(load(config), db), data)
    if as_json:
        typer.echo(json.dumps(figures, indent=2, ensure_ascii=False))
        return
    if figures.get("synthetic"):
        typer.echo("SYNTHETIC: this was generated and never lived.")
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    Console().print(table)
