"""Trains and measures the model of session gender, for `amiko customers train` and `evaluate`."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from amiko import assemble
from amiko.config import Config
from customers.model_folder import model_folder

if TYPE_CHECKING:
    from customers.sessions.active import Active
    from customers.sessions.training import Trained

_SPLITS = ("visitors kept apart", "random folds, visitors leak")


def train(config: Config, _out: Path | None) -> None:
    """Train, keep, and tell of it; there are no pictures."""
    began = time.monotonic()
    trained, number = asyncio.run(_train(config))
    if trained.protocol["synthetic"]:
        typer.echo("SYNTHETIC: these sessions were generated and never happened.")
    table = Table("ROC-AUC, mean ± sd over folds", *_SPLITS)
    for name in trained.figures[_SPLITS[0]]:
        table.add_row(name, *(_spread(trained.figures[split].get(name)) for split in _SPLITS))
    Console().print(table)
    unseen = trained.figures["unseen visitors"]
    typer.echo(
        f"Unseen visitors: balanced accuracy {unseen['balanced_accuracy']:.3f}, PR-AUC {unseen['pr_auc']:.3f}, F1 "
        f"{unseen['f1']:.3f}, Brier {unseen['brier']:.3f}; unknown {unseen['unknown']:.0%}."
    )
    typer.echo(
        f"Session-gender model {number} answers from now on; it learnt from {trained.protocol['sessions']} sessions of "
        f"{trained.protocol['visitors']} visitors. It took {time.monotonic() - began:.0f} s."
    )


def evaluate(config: Config, data: Path) -> dict[str, Any]:
    """Figures of the active model on session.csv and product.csv of a folder."""
    from customers.generated.marker import is_synthetic
    from customers.sessions.evaluation import evaluate
    from customers.sessions.stored import frames_of_folder

    model = asyncio.run(_model(config))
    frames, log = frames_of_folder(data, datetime.now(UTC))
    figures = evaluate(model, frames, config.customers.engine)
    figures["synthetic"] = figures["synthetic"] or is_synthetic(data)
    if log.untrusted:
        typer.secho(
            f"amiko: {len(log.untrusted)} rows cannot be trusted, and are not among the figures", err=True, fg="yellow"
        )
    if figures["learnt_from"]:
        typer.secho(
            f"amiko: the model learnt from {figures['learnt_from']} of these {figures['n']} sessions: on them it looks "
            "better than it is",
            err=True,
            fg="yellow",
        )
    return figures


async def _train(config: Config) -> tuple[Trained, int]:
    from customers.sessions.active import keep
    from customers.sessions.stored import frames_of_database
    from customers.sessions.training import train

    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            frames, synthetic = await frames_of_database(session)
        trained = train(frames, config.customers.engine, synthetic=synthetic)
        folder = model_folder(config.customers.models, config.database.url)
        async with database.session() as session:
            return trained, await keep(session, folder, trained, datetime.now(UTC))
    finally:
        await database.close()


async def _model(config: Config) -> Active:
    from customers.sessions.active import active

    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            return await active(session, model_folder(config.customers.models, config.database.url))
    finally:
        await database.close()


def _spread(figure: dict[str, float] | None) -> str:
    return "-" if figure is None else f"{figure['roc_auc']:.4f} ± {figure['sd']:.3f}"
