"""`amiko routing`: what routing has learnt from outcomes, and the way back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.errors import AmikoError
from amiko.options import ConfigOption, DatabaseOption
from db import routing_kept, shops
from db.models import Shop
from db.routing_models import RoutingModel
from routing.departments import Department
from routing.learned import LearnedError, from_json

if TYPE_CHECKING:
    from bot.learning.training import Verdict

app = typer.Typer(help="What routing has learnt from what visitors really wanted.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ShopOption = Annotated[str | None, typer.Option("--shop", help="Only this shop; without it, the one of config.yaml.")]


@app.command()
def train(as_json: JsonOption = False, config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Learn from the outcomes of all shops now, as every night; what is better by more than noise answers."""
    _tell(asyncio.run(_train(with_database(load(config), db), keep=True)), as_json)


@app.command()
def evaluate(as_json: JsonOption = False, config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Measure what would be learnt now beside what answers, on the newest outcomes; nothing is kept or changed."""
    _tell(asyncio.run(_train(with_database(load(config), db), keep=False)), as_json)


@app.command()
def rollback(shop: ShopOption = None, config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Let answer again what did before: an older model, or the rules of config.yaml."""
    typer.echo(asyncio.run(_rollback(with_database(load(config), db), shop)))


@app.command()
def status(as_json: JsonOption = False, config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Show what answers in each shop, and what was tried there."""
    loaded = with_database(load(config), db)
    tried = asyncio.run(_status(loaded))
    unused = {row.id: _unused(row, loaded.routing.as_departments()) for _, rows in tried for row in rows if row.active}
    if as_json:
        typer.echo(json.dumps([_as_json(shop, rows, unused) for shop, rows in tried], indent=2, ensure_ascii=False))
        return
    table = Table("shop", "model", "trained", "outcomes", "log loss", "first right", "answers")
    for shop, rows in tried:
        name = escape(shop.name)
        if not any(row.active for row in rows):
            table.add_row(name, "-", "-", "-", "-", "-", "the rules")
        for row in rows[:10]:
            table.add_row(name, *_cells(row, unused))
    Console().print(table)
    for shop, rows in tried:
        for row in rows:
            if why := unused.get(row.id):
                typer.echo(f"{shop.name}: model {row.id} is not used: {why}; the rules answer.")


async def _train(config: Config, *, keep: bool) -> list[Verdict]:
    from bot.learning.training import train

    database = await assemble.database(config)
    try:
        return await train(database, config.routing.as_departments(), keep=keep)
    finally:
        await database.close()


async def _rollback(config: Config, name: str | None) -> str:
    database = await assemble.database(config)
    try:
        async with database.session() as session:
            shop = await (shops.named(session, name) if name else shops.of_config(session, config.store.name))
            moved = await routing_kept.roll_back(session, shop.id, datetime.now(UTC))
    finally:
        await database.close()
    if moved is None:
        raise AmikoError(f"{shop.name}: the rules of config.yaml answer already; there is nothing to go back from")
    gone, back = moved
    if back is None:
        return f"{shop.name}: the rules answer again instead of model {gone.id}."
    model = f"model {back.id}, trained on {back.trained_at:%Y-%m-%d %H:%M} UTC,"
    if why := _unused(back, config.routing.as_departments()):
        return f"{shop.name}: {model} stands in the place of model {gone.id}, and is not used: {why}; the rules answer."
    return f"{shop.name}: {model} answers again instead of model {gone.id}."


async def _status(config: Config) -> list[tuple[Shop, Sequence[RoutingModel]]]:
    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            return [(shop, await routing_kept.history(session, shop.id)) for shop in await shops.list_all(session)]
    finally:
        await database.close()


def _tell(verdicts: Sequence[Verdict], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([verdict.as_json() for verdict in verdicts], indent=2, ensure_ascii=False))
        return
    for verdict in verdicts:
        typer.echo(f"{verdict.sentence}.")


def _unused(row: RoutingModel, departments: Sequence[Department]) -> str | None:
    """Why the rules answer though this model is the active one; None where it is used."""
    try:
        from_json(row.contents, departments, row.sha256)
    except LearnedError as error:
        return str(error)
    return None


def _cells(row: RoutingModel, unused: Mapping[int, str | None]) -> tuple[str, ...]:
    before, after = row.figures["before"], row.figures["after"]
    return (
        str(row.id),
        f"{row.trained_at:%Y-%m-%d %H:%M}",
        str(row.outcomes),
        f"{before['log_loss']:.3f} → {after['log_loss']:.3f}",
        f"{before['top1']:.0%} → {after['top1']:.0%}",
        "not used" if unused.get(row.id) else "now" if row.active else "before" if row.activated_at else "refused",
    )


def _as_json(shop: Shop, rows: Sequence[RoutingModel], unused: Mapping[int, str | None]) -> dict[str, Any]:
    return {
        "shop": shop.name,
        "answers": next((row.id for row in rows if row.active and not unused[row.id]), None),
        "tried": [
            {
                "model": row.id,
                "trained_at": row.trained_at.isoformat(),
                "outcomes": row.outcomes,
                "learnt_until": row.learnt_until.isoformat(),
                "activated_at": row.activated_at.isoformat() if row.activated_at else None,
                "unused": unused.get(row.id),
                "figures": row.figures,
            }
            for row in rows
        ],
    }
