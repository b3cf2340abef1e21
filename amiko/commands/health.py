"""`amiko health`: whether the parts of a shop do their work now, as an exit code for containers and monitoring."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy import text

from amiko import assemble
from amiko.config import ApiConfig, Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption
from api.access import HEADER
from api.cameras import cameras_now
from db import link_report
from db.engine import Database, sqlite_file
from db.errors import DatabaseError
from db.in_use import bot_is_alive
from db.shops import ShopError
from db.standby import roster

_PATIENCE_SECONDS = 5.0
_REPORTED_WITHIN_SECONDS = 15.0  # a worker reports every 2 s
_NEAR = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (where this machine finds what listens everywhere)


class Part(StrEnum):
    """What can be looked at."""

    DATABASE = "database"
    WORKER = "worker"
    BOT = "bot"
    API = "api"
    STANDBY = "standby"


def health(
    parts: Annotated[list[Part] | None, typer.Argument(help="Otherwise all that amiko run would start.")] = None,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Say whether the parts of the shop work now; ends with 1 where one does not.

    A camera without a picture is told, and is no failure: the worker is at it, and no restart would mend it. So are
    visits that wait on this machine, and people whom the standby cannot write to.
    """
    loaded = with_database(load(config), db)
    wanted = {Part.API: loaded.api.enabled, Part.STANDBY: loaded.link.serve_locally}
    asked = parts or [part for part in Part if wanted.get(part, True)]
    troubles = asyncio.run(_troubles(loaded, asked))
    for trouble in troubles:
        typer.echo(trouble, err=True)
    if troubles:
        raise typer.Exit(1)
    typer.echo(f"well: {', '.join(asked)}")


async def _troubles(config: Config, parts: Sequence[Part]) -> list[str]:
    """What is wrong, a sentence each."""
    if Part.WORKER in parts:
        _tell_of_link(config.database.url)
    database, troubles = Database(config.database.url, _PATIENCE_SECONDS), []
    try:
        if set(parts) != {Part.STANDBY}:  # which does its work without it
            troubles = await _of_database(config, database, parts)
    finally:
        await database.close()
    if Part.API in parts:
        troubles += await asyncio.to_thread(_of_api, config.api)
    if Part.STANDBY in parts:
        troubles += await _of_standby(config)
    return troubles


def _tell_of_link(url: str) -> None:
    """What waits on this machine, as its worker last said; the database cannot be asked while it is away."""
    report = link_report.read(link_report.beside(url))
    if report is None or (report.lost_since is None and not report.waiting):
        return
    said = f"as the worker said at {_clock(report.reported_at)}"
    if report.lost_since:
        typer.echo(f"the database has been away since {_clock(report.lost_since)}, {said}", err=True)
    if report.oldest:
        oldest = _clock(report.oldest)
        typer.echo(f"{report.waiting} visits wait to be written, the first was decided at {oldest}, {said}", err=True)


def _clock(instant: datetime) -> str:
    return f"{instant.astimezone():%Y-%m-%d %H:%M:%S}"


async def _of_standby(config: Config) -> list[str]:
    """What is wrong with the bot that serves the shop while it is cut off."""
    if not config.link.serve_locally:
        return ["no standby is wanted; set link.serve_locally in config.yaml"]
    local = assemble.standby(config)
    try:
        if not await bot_is_alive(local):
            return [f"no standby serves {local.name}; run: amiko standby"]
        async with local.reading() as session:
            strangers = [person.name for person in await roster.strangers(session)]
    except DatabaseError as error:
        return [str(error)]
    finally:
        await local.close()
    if strangers:
        typer.echo(f"the standby cannot write to who has not pressed Start there: {', '.join(strangers)}", err=True)
    return []


async def _of_database(config: Config, database: Database, parts: Sequence[Part]) -> list[str]:
    """What is wrong with the database, which every part needs, and with worker and bot, of whom it knows."""
    if (file := sqlite_file(database.url)) and not file.exists():  # reading would make an empty one
        return [f"there is no database {file}"]
    try:
        async with database.reading() as session:
            await session.execute(text("SELECT version_num FROM alembic_version"))
            cameras = await cameras_now(session, config, datetime.now(UTC)) if Part.WORKER in parts else []
        served = Part.BOT not in parts or await bot_is_alive(database)
    except (DatabaseError, ShopError) as error:
        return [str(error)]
    for camera in cameras:
        if not camera.alive:
            typer.echo(f"camera {camera.name} gives no picture", err=True)
    troubles = [] if served else [f"no bot serves the database {database.name}"]
    return troubles + [
        f"the worker has not reported on camera {camera.name} for {_REPORTED_WITHIN_SECONDS:.0f} s"
        for camera in cameras
        if camera.report_age_seconds is None or camera.report_age_seconds > _REPORTED_WITHIN_SECONDS
    ]


def _of_api(api: ApiConfig) -> list[str]:
    connection = http.client.HTTPConnection(_NEAR.get(api.host, api.host), api.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health", headers={HEADER: api.key.get_secret_value()} if api.key else {})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return [f"the API on {api.host}:{api.port} does not answer ({error})"]
    finally:
        connection.close()
    return [] if status == 200 else [f"the API on {api.host}:{api.port} answers {status}"]
