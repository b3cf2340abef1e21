"""`amiko staff`: the people who may use the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption
from bot import working_hours
from db import invites, staff
from db.models import Staff

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
    settings = with_database(load(config), db)
    people = _with_session(settings, staff.list_all)
    if not people:
        typer.echo("Nobody yet; amiko staff add NAME --username NAME lets a person in.")
        return
    timezone = ZoneInfo(settings.store.timezone)
    table = Table("number", "name", "role", "Telegram", "logged in", "status", "hears of")
    for column in table.columns:
        column.overflow = "fold"
    for person in people:
        known = [str(person.telegram_id)] if person.telegram_id else []
        known += [f"@{person.username}"] if person.username else []
        table.add_row(
            str(person.id),
            escape(person.name),
            person.role,
            " ".join(known),
            "yes" if person.chat_id else "no",
            _status(person, timezone),
            escape(_wishes(person)),
        )
    Console().print(table)


@app.command()
def invite(
    name: Annotated[str, typer.Argument(help="As it will stand on cards.")],
    role: Annotated[Role, typer.Option(help="Assistants get cards, managers the shop's figures.")] = Role.ASSISTANT,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Make an invitation: whoever sends it to the bot first is let in, once and for a limited time."""
    settings = with_database(load(config), db)
    hours = settings.bot.invite_hours
    token = _with_session(
        settings,
        lambda session: invites.create(session, name=name, role=role.value, hours=hours, now=datetime.now(UTC)),
    )
    typer.echo(f"Within {hours:g} hours, {name.strip()} {_way_in(settings, token)}")


@app.command()
def remove(
    number: Annotated[int, typer.Argument(help="As amiko staff list shows it.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Take a person off the list; the bot answers them no more."""
    person = _with_session(with_database(load(config), db), lambda session: staff.remove(session, number))
    typer.echo(f"{person.name} is no longer on the staff list.")


def _way_in(config: Config, token: str) -> str:
    """What somebody does with an invitation: a link where the bot's name can be found out, a word to the bot anyway."""
    # Imported here: the Bot API's library costs other commands a third of a second.
    from telegram.helpers import create_deep_linked_url

    from bot.own_name import own_name

    word = f"/start {token}"
    if (username := asyncio.run(own_name(config.telegram))) is None:
        return f"writes this to the bot; it works once:\n{word}"
    link = create_deep_linked_url(username, token)
    return f"opens this link and presses Start; it works once:\n{link}\nor writes this to @{username}:\n{word}"


def _status(person: Staff, timezone: ZoneInfo) -> str:
    """The status, and what keeps cards away all the same, with times on the shop's clock."""
    notes = [person.status]
    if person.muted_until is not None and person.muted_until > datetime.now(UTC):
        notes.append(f"muted until {person.muted_until.astimezone(timezone):%d.%m. %H:%M}")
    if person.unreachable_since is not None:
        notes.append(f"unreachable since {person.unreachable_since.astimezone(timezone):%d.%m. %H:%M}")
    return ", ".join(notes)


def _wishes(person: Staff) -> str:
    """What an assistant hears of and when; empty for a manager."""
    if person.role != "assistant":
        return ""
    lines = [", ".join([*person.departments, *person.cameras]) or "all"]
    lines += [working_hours.told(person.hours, "en")] if person.hours else []
    lines += [f"quiet {working_hours.span_told(person.quiet)}"] if person.quiet else []
    return "\n".join(lines)


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
