"""Trains the churn model for `amiko customers train churn`: the leaderboard, the pictures, everybody's score."""

from __future__ import annotations

import asyncio
import csv
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from amiko import assemble
from amiko.config import Config
from amiko.errors import AmikoError
from customers.model_folder import model_folder

if TYPE_CHECKING:
    import pandas as pd

    from customers.churn.training import Trained

_MOST_DOTS = 400  # customers in the beeswarm
_COLUMNS = ("roc_auc", "pr_auc", "f1", "recall", "brier")


def train(config: Config, out: Path | None) -> None:
    """Train, keep, score, and tell of it."""
    began = time.monotonic()
    folder = model_folder(config.customers.models, config.database.url)
    trained, number, scored, frame = asyncio.run(_train(config, folder))
    if trained.protocol["synthetic"]:
        typer.echo("SYNTHETIC: these customers were generated and never lived.")
    _tell(trained)
    place = out or folder / f"churn-{number}"
    _draw(trained, frame, place)
    typer.echo(
        f"Churn model {number} ({trained.protocol['model']}) answers from now on; {scored} customers are scored. "
        f"Leaderboard and pictures: {place}. It took {time.monotonic() - began:.0f} s."
    )


async def _train(config: Config, folder: Path) -> tuple[Trained, int, int, pd.DataFrame]:
    from customers.churn.active import keep
    from customers.churn.scoring import score_customers
    from customers.churn.training import train
    from customers.frame import customers_frame

    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            frame = await customers_frame(session)
        trained = train(frame)
        async with database.session() as session:
            number = await keep(session, folder, trained, datetime.now(UTC))
        return trained, number, await score_customers(database, folder) or 0, frame
    finally:
        await database.close()


def _tell(trained: Trained) -> None:
    protocol, splits = trained.protocol, trained.splits
    for column in trained.columns:
        if column.refused:
            typer.echo(f"Not learnt from: {column.name}; {column.refused}.")
    board = Table("model", *_COLUMNS, title=f"{protocol['customers']} customers, {protocol['folds']}; mean ± sd")
    for place in trained.comparison.places:
        figures = [f"{getattr(place.mean, name):.3f} ± {getattr(place.sd, name):.3f}" for name in _COLUMNS]
        board.add_row(place.name, *figures)
    Console().print(board)
    typer.echo(
        f"One split says little: on {len(splits)} splits of 75/25 the winner's ROC-AUC runs from {splits.min():.3f} to "
        f"{splits.max():.3f}."
    )


def _draw(trained: Trained, frame: pd.DataFrame, place: Path) -> None:
    """The leaderboard as CSV, the beeswarm and the splits as PNG."""
    from customers.churn.drawing import beeswarm, splits
    from customers.churn.explanation import effects, typical_of
    from customers.churn.features import features

    try:
        place.mkdir(parents=True, exist_ok=True)
        with (place / "leaderboard.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["model", *(f"{name}{part}" for name in _COLUMNS for part in ("", "_sd"))])
            for row in trained.comparison.places:
                lines.writerow(
                    [row.name, *(round(getattr(part, name), 4) for name in _COLUMNS for part in (row.mean, row.sd))]
                )
        x = features(frame)
        x = x.sample(min(_MOST_DOTS, len(x)), random_state=1)
        note = " (SYNTHETIC customers)" if trained.protocol["synthetic"] else ""
        values = effects(trained.contents.model, x, typical_of(x))
        beeswarm(values, x, f"What moves the churn model{note}", place / "shap.png")
        splits(trained.comparison.places, trained.splits, f"Who foresees churn best{note}", place / "leaderboard.png")
    except OSError as error:
        raise AmikoError(
            f"the model is kept, and its pictures cannot be written to {place} ({error.strerror}); "
            "--out names another folder"
        ) from error
