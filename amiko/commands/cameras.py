"""`amiko cameras`: how the cameras are doing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.options import ConfigOption, DatabaseOption
from db import shops
from db.cameras import CameraStatus, statuses

_SILENT_WORKER_SECONDS = 15


def cameras(config: ConfigOption = None, db: DatabaseOption = None) -> None:
    """Show how each configured camera is doing, as the worker last wrote it down."""
    loaded = with_database(load(config), db)
    if not loaded.cameras:
        typer.echo("No camera is configured; add one under cameras: in config.yaml (a name and a url).")
        return
    known = asyncio.run(_statuses(loaded))
    now = datetime.now(UTC)
    table = Table("camera", "state", "frames/s", "last frame", "lag (ms)", "reconnects", "dropped")
    for camera in loaded.cameras:
        table.add_row(escape(camera.name), *_cells(known.get(camera.name), now))
    Console().print(table)


def _cells(status: CameraStatus | None, now: datetime) -> list[str]:
    if status is None:
        return ["never watched", "-", "-", "-", "-", "-"]
    report = status.report
    unheard = (now - status.reported_at).total_seconds()
    state = f"{report.state}, {unheard:.0f} s ago" if unheard > _SILENT_WORKER_SECONDS else report.state
    last = report.last_frame_at
    return [
        state,
        f"{report.fps:.1f}",
        f"{max(0.0, (now - last).total_seconds()):.0f} s ago" if last else "never",
        "-" if report.lag_ms is None else f"{report.lag_ms:.0f}",
        str(report.reconnects),
        str(report.dropped),
    ]


async def _statuses(config: Config) -> dict[str, CameraStatus]:
    database = await assemble.database(config)
    try:
        async with database.reading() as session:
            shop = await shops.of_config(session, config.store.name)
            return await statuses(session, [camera.name for camera in config.cameras], shop.id)
    finally:
        await database.close()
