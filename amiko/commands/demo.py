"""`amiko demo`: the whole product on one machine, Telegram included."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from amiko.config_file import load
from amiko.logs import set_up_logging
from amiko.options import ConfigOption
from amiko.signals import on_end


def demo(
    video: Annotated[
        Path | None, typer.Option("--video", metavar="FILE", help="Any footage instead of the drawn clip.")
    ] = None,
    camera: Annotated[
        str | None, typer.Option(help="Play it as this camera of config.yaml, for example a checkout.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when every card has arrived, instead of waiting for Ctrl-C.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Replay a clip through the worker to two assistants, in a Telegram that runs on this machine."""
    from amiko.demo import Demo

    loaded = load(config)
    set_up_logging("WARNING")

    async def played() -> bool | None:
        playing = asyncio.ensure_future(Demo(loaded, config, video, camera).run(once=once))
        on_end(playing.cancel)
        try:
            return await playing
        except asyncio.CancelledError:
            return None

    arrived = asyncio.run(played())
    if arrived is None:
        raise typer.Exit(130)
    if not arrived:
        raise typer.Exit(1)
