"""`amiko staff`: the people who may use the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption
from db import staff

app = typer.Typer(help="The people who may use the bot.", no_args_is_help=True)
Result = TypeVar("Result")


class Role(StrEnum):
    """What a person may do."""

    ASSISTANT = "assistant"
    MANAGER = "manager"


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="As it will stand on cards.")],
    role: Annotated[Role, typer.Option(help="Assistants get cards, managers the shop's figures.")] = Role.ASSISTANT,
    telegram_id: Annotated[int | None, typer.Option(help="Their number in Telegram.")] = None,
    username: Annotated[str | None, typer.Option(help="Or their user name in Telegram.")] = None,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Let a person in: they write /login to the bot after this."""
    person = _with_session(
        with_database(load(config), db),
        lambda session: staff.add(session, name, role.value, telegram_id=telegram_id, username=username),
    )
    typer.echo(
        f"{person.name} is number {person.id} on the staff list, {person.role}. They now write /login to the bot."
    )


@app.command("list")
def list_(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Show everybody."""
    people = _with_session(with_database(load(config), db), staff.list_all)
    if not people:
        typer.echo("Nobody yet; amiko staff add NAME --username NAME lets a person in.")
        return
    table = Table("number", "name", "role", "Telegram", "logged in", "status")
    for person in people:
        known = [str(person.telegram_id)] if person.telegram_id else []
        known += [f"@{person.username}"] if person.username else []
        table.add_row(
            str(person.id), person.name, person.role, " ".join(known), "yes" if person.chat_id else "no", person.status
        )
    Console().print(table)


@app.command()
def remove(
    number: Annotated[int, typer.Argument(help="As amiko staff list shows it.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Take a person off the list; the bot answers them no more."""
    person = _with_session(with_database(load(config), db), lambda session: staff.remove(session, number))
    typer.echo(f"{person.name} is no longer on the staff list.")


def _with_session(config: Config, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Do `work` in one transaction."""

    async def connected() -> Result:
        database = await assemble.database(config)
        try:
            async with database.session() as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(connected())
