"""`amiko customers train`: learn from what was imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from amiko.commands.customers import churn_training, session_gender
from amiko.commands.customers.kinds import Kind
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption

TRAINERS: Mapping[Kind, Callable[[Config, Path | None], None]] = {
    Kind.CHURN: churn_training.train,
    Kind.SESSION_GENDER: session_gender.train,
}
"""What trains each kind of model from the database, and puts pictures into a folder (beside the model without one)."""


def train(
    kind: Annotated[Kind, typer.Argument(help="What the model is to say.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for the leaderboard and the pictures; without it, that of the models."
        ),
    ] = None,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Train a model on everything that was imported, and let it answer from now on (rollback takes that back)."""
    TRAINERS[kind](with_database(load(config), db), out)
