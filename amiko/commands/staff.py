"""`amiko staff`: the people who may use the bot, and which shop each works in."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.in_session import in_session
from amiko.options import ConfigOption, DatabaseOption
from bot import working_hours
from db import invites, shops, staff
from db.models import Staff

app = typer.Typer(help="The people who may use the bot.", no_args_is_help=True)


class Role(StrEnum):
    """What a person may do."""

    ASSISTANT = "assistant"
    MANAGER = "manager"
    CHAIN_MANAGER = "chain_manager"


RoleOption = Annotated[
    Role, typer.Option(help="Assistants get cards, managers their shop's figures, chain managers every shop's.")
]
ShopOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which shop they work in; store.name of config.yaml without it.")
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="As it will stand on cards.")],
    role: RoleOption = Role.ASSISTANT,
    telegram_id: Annotated[int | None, typer.Option(help="Their number in Telegram.")] = None,
    username: Annotated[str | None, typer.Option(help="Or their user name in Telegram.")] = None,
    shop: ShopOption = None,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Let a person in: they write /login to the bot after this."""
    settings = with_database(load(config), db)

    async def added(session: AsyncSession) -> Staff:
        shop_id = await _shop_id(session, settings, shop)
        return await staff.add(session, name, role.value, telegram_id, username, shop_id)

    person = in_session(settings, added)
    typer.echo(
        f"{person.name} is number {person.id} on the staff list, {person.role}. They now write /login to the bot."
    )


@app.command("list")
def list_(shop: ShopOption = None, config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Show everybody, or everybody of one shop."""
    settings = with_database(load(config), db)

    async def found(session: AsyncSession) -> list[Staff]:
        return await staff.list_all(session, (await shops.named(session, shop)).id if shop else None)

    people = in_session(settings, found)
    if not people:
        typer.echo("Nobody yet; amiko staff add NAME --username NAME lets a person in.")
        return
    several = len({person.shop_id for person in people}) > 1
    table = Table(
        "number", "name", "role", *(["shop"] if several else []), "Telegram", "logged in", "status", "hears of"
    )
    for column in table.columns:
        column.overflow = "fold"
    for person in people:
        known = [str(person.telegram_id)] if person.telegram_id else []
        known += [f"@{person.username}"] if person.username else []
        table.add_row(
            str(person.id),
            escape(person.name),
            person.role,
            *([escape(person.shop.name)] if several else []),
            " ".join(known),
            "yes" if person.chat_id else "no",
            _status(person, ZoneInfo(person.shop.time_zone)),
            escape(_wishes(person)),
        )
    Console().print(table)


@app.command()
def invite(
    name: Annotated[str, typer.Argument(help="As it will stand on cards.")],
    role: RoleOption = Role.ASSISTANT,
    shop: ShopOption = None,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Make an invitation: whoever sends it to the bot first is let in, once and for a limited time."""
    settings = with_database(load(config), db)
    hours = settings.bot.invite_hours

    async def invited(session: AsyncSession) -> str:
        shop_id, now = await _shop_id(session, settings, shop), datetime.now(UTC)
        return await invites.create(session, name=name, role=role.value, hours=hours, now=now, shop_id=shop_id)

    token = in_session(settings, invited)
    typer.echo(f"Within {hours:g} hours, {name.strip()} {_way_in(settings, token)}")


@app.command()
def remove(
    number: Annotated[int, typer.Argument(help="As amiko staff list shows it.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Take a person off the list; the bot answers them no more."""
    person = in_session(with_database(load(config), db), lambda session: staff.remove(session, number))
    typer.echo(f"{person.name} is no longer on the staff list.")


@app.command()
def role(
    number: Annotated[int, typer.Argument(help="As amiko staff list shows it.")],
    role: Annotated[Role, typer.Argument(help="Their role from now on.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Give a person another role; where a bot runs, their menu follows within seconds."""
    settings = with_database(load(config), db)
    person = in_session(settings, lambda session: staff.set_role(session, number, role.value))
    typer.echo(f"{person.name} is {person.role} in {person.shop.name} now.")


@app.command()
def move(
    number: Annotated[int, typer.Argument(help="As amiko staff list shows it.")],
    shop: Annotated[str, typer.Argument(help="The name of the shop that they work in from now on.")],
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Let a person work in another shop; cards of the old one obey them no more."""

    async def moved(session: AsyncSession) -> Staff:
        return await staff.move(session, number, (await shops.named(session, shop)).id)

    person = in_session(with_database(load(config), db), moved)
    typer.echo(f"{person.name} works in {person.shop.name} now.")


async def _shop_id(session: AsyncSession, settings: Config, name: str | None) -> int:
    """The shop of that name, or without one, that of config.yaml."""
    if name is not None:
        return (await shops.named(session, name)).id
    return (await shops.of_config(session, settings.store.name)).id


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
