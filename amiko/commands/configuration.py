"""`amiko config`: check the configuration, print its schema."""

from __future__ import annotations

import json

import typer

from amiko.assemble import sealing
from amiko.config import Config
from amiko.config_file import load
from amiko.options import ConfigOption
from db.engine import Database

app = typer.Typer(help="The configuration.", no_args_is_help=True)


@app.command()
def check(config: ConfigOption = None) -> None:
    """Say whether the configuration can be used, and what it amounts to."""
    loaded = load(config)
    cameras = ", ".join(camera.name for camera in loaded.cameras) or "no camera"
    departments = len(loaded.routing.departments)
    token = "with a bot token" if loaded.telegram.token else "without a bot token (set AMIKO_TELEGRAM__TOKEN)"
    typer.echo(f"The configuration is good: {cameras}; {departments} departments; {token}.")
    if loaded.privacy.snapshots != "off" and (
        why := Database(
            loaded.database.url, sealing=sealing(loaded), pictures=loaded.database.pictures
        ).snapshots.trouble()
    ):
        typer.echo(f"But cards will go without pictures: {why}.")


@app.command()
def key() -> None:
    """Print a new key for encrypted pictures, to be set as AMIKO_PRIVACY__KEY.

    To replace a key, set NEW,OLD; after privacy.snapshot_hours nothing needs the old one any more.
    """
    from db.sealing import new_key

    typer.echo(new_key())


@app.command()
def schema() -> None:
    """Print the JSON schema of config.yaml, for editors."""
    typer.echo(json.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False))
