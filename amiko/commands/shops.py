"""`amiko shops`: the shops of the chain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from amiko.config_file import load, with_database
from amiko.in_session import in_session
from amiko.options import ConfigOption, DatabaseOption
from db import chain, shops
from db.chain import Glance
from db.models import Shop

app = typer.Typer(help="The shops of the chain.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="SHOP", help="Its name; large and small letters are the same.")]


@app.command("list")
def list_(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Show every shop: its clock, today's visitors, who is free, and the cameras that see."""
    settings, now = with_database(load(config), db), datetime.now(UTC)

    async def found(session: AsyncSession) -> list[Glance]:
        return await chain.glances(session, await shops.list_all(session), now, settings.bot.camera_silent)

    table = Table("shop", "time zone", "there it is", "visitors today", "taken", "free assistants", "cameras that see")
    for glance in in_session(settings, found):
        table.add_row(
            escape(glance.shop.name),
            glance.shop.time_zone,
            f"{now.astimezone(ZoneInfo(glance.shop.time_zone)):%H:%M}",
            str(glance.visits),
            str(glance.taken),
            f"{glance.free} of {glance.at_work}",
            f"{glance.seeing} of {glance.cameras}",
        )
    Console().print(table)


@app.command()
def add(
    name: NameArgument,
    time_zone: Annotated[str, typer.Option(help="IANA name, such as Asia/Vladivostok.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Write down a shop before its first process starts, so that people can be added to it."""
    settings = with_database(load(config), db)
    shop = in_session(settings, lambda session: shops.add(session, name, time_zone))
    typer.echo(
        f"{shop.name} is there, on the clock of {shop.time_zone}. Its config.yaml says store.name: {shop.name}, and "
        f"amiko staff add NAME --shop '{shop.name}' adds its people."
    )


@app.command()
def rename(
    name: NameArgument,
    to: Annotated[str, typer.Argument(help="Its name from now on.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Call a shop otherwise; stop its processes before, and set store.name in its config.yaml to the same."""

    async def renamed(session: AsyncSession) -> Shop:
        return await shops.rename(session, (await shops.named(session, name)).id, to)

    shop = in_session(with_database(load(config), db), renamed)
    typer.echo(f"It is called {shop.name} now; set store.name in its config.yaml to the same before it starts.")


@app.command()
def clock(
    name: NameArgument,
    time_zone: Annotated[str, typer.Argument(help="IANA name, such as Asia/Vladivostok.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Set a shop's time zone, until a process of it starts whose config.yaml says another."""

    async def changed(session: AsyncSession) -> Shop:
        return await shops.set_time_zone(session, (await shops.named(session, name)).id, time_zone)

    shop = in_session(with_database(load(config), db), changed)
    typer.echo(f"{shop.name} lives by the clock of {shop.time_zone} now.")


@app.command()
def remove(name: NameArgument, config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Remove a shop that nothing belongs to, such as one that was written down by mistake."""

    async def removed(session: AsyncSession) -> Shop:
        return await shops.remove(session, (await shops.named(session, name)).id)

    shop = in_session(with_database(load(config), db), removed)
    typer.echo(f"{shop.name} is no longer there.")
