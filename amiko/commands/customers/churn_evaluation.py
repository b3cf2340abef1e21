"""Measures the churn model for `amiko customers evaluate churn`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amiko import assemble
from amiko.config import Config
from customers.model_folder import model_folder

if TYPE_CHECKING:
    from customers.churn.active import Active


def evaluate(config: Config, data: Path) -> dict[str, Any]:
    """Figures of the active model on the four files of a folder."""
    from customers.churn.evaluation import evaluate
    from customers.importing.customer_files import read_customer_files

    model = asyncio.run(_model(config))
    reading = read_customer_files(data)
    figures = evaluate(model, reading.customers)
    if left_out := len(reading.untrusted):
        typer.secho(f"amiko: {left_out} rows cannot be trusted, and are not among the figures", err=True, fg="yellow")
    if figures["learnt_from"]:
        typer.secho(
            f"amiko: the model learnt from {figures['learnt_from']} of these {figures['n']} customers: on them it "
            "looks better than it is",
            err=True,
            fg="yellow",
        )
    return figures


async def _model(config: Config) -> Active:
    from customers.churn.active import active

    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            return await active(session, model_folder(config.customers.models, config.database.url))
    finally:
        await database.close()
