"""`amiko customers rollback`: back to the model that answered before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from amiko import assemble
from amiko.commands.customers.kinds import Kind
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.errors import AmikoError
from amiko.options import ConfigOption, DatabaseOption
from customers.model_folder import model_folder
from db import trained_models
from db.engine import Database
from db.shop_models import TrainedModel


@dataclass(frozen=True)
class Return:
    """How one kind goes back to a model.

    Attributes:
        check: refuses it (CustomersError) where its file no longer fits, before anything changes.
        after: does what is to be done once it answers again.
    """

    check: Callable[[TrainedModel, Path], object]
    after: Callable[[Database, Path], Awaitable[object]]


def _check_churn(row: TrainedModel, folder: Path) -> None:
    from customers.churn.active import load

    load(row, folder)


async def _score(database: Database, folder: Path) -> None:
    from customers.churn.scoring import score_customers

    await score_customers(database, folder)


def _check_session_gender(row: TrainedModel, folder: Path) -> None:
    from customers.sessions.active import load

    load(row, folder)


async def _nothing(_database: Database, _folder: Path) -> None:
    """Sessions are scored when they are asked about."""


RETURNS: Mapping[Kind, Return] = {
    Kind.CHURN: Return(_check_churn, _score),
    Kind.SESSION_GENDER: Return(_check_session_gender, _nothing),
}


def rollback(
    kind: Annotated[Kind, typer.Argument(help="Which model.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Let the model answer again that did before the present one."""
    typer.echo(asyncio.run(_rollback(with_database(load(config), db), kind)))


async def _rollback(config: Config, kind: Kind) -> str:
    folder = model_folder(config.customers.models, config.database.url)
    database = await assemble.database(config)
    try:
        async with database.session() as session:
            row = await trained_models.roll_back(session, kind.value, datetime.now(UTC))
            if row is None:
                raise AmikoError(
                    f"there is no {kind} model before the present one; amiko customers train {kind} makes one"
                )
            RETURNS[kind].check(row, folder)
        await RETURNS[kind].after(database, folder)
    finally:
        await database.close()
    return f"{kind} model {row.id}, trained on {row.trained_at:%Y-%m-%d %H:%M} UTC, answers again."
