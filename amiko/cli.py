"""The command line. Bad usage ends with 2, a failure with 1 and one sentence, and no traceback unless --debug."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Annotated

import typer
from rich.console import Console

from amiko.commands import (
    api,
    cameras,
    configuration,
    customers,
    database,
    demo,
    evaluate,
    health,
    predict,
    processes,
    replay,
    routing,
    shops,
    staff,
    train,
)
from amiko.errors import AmikoError
from amiko.logs import json_is_written
from api.errors import ApiError
from bot.errors import BotError
from customers.errors import CustomersError
from db.errors import DatabaseError
from db.shops import ShopError
from db.staff import StaffError
from vision.errors import DetectorError, PictureError, TrainingError
from vision.labelled.errors import DataError
from vision.weights_file import WeightsError
from worker.errors import EngineError, SourceError

SENTENCES = (
    AmikoError,
    ApiError,
    BotError,
    CustomersError,
    DataError,
    DatabaseError,
    DetectorError,
    EngineError,
    PictureError,
    ShopError,
    SourceError,
    StaffError,
    TrainingError,
    WeightsError,
)
"""Errors whose message is written for the user."""

app = typer.Typer(
    name="amiko",
    help="Sees a visitor walk into a shop, works out the department they most likely want, and tells a free "
    "assistant in Telegram.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("run")(processes.run)
app.command("worker")(processes.worker)
app.command("bot")(processes.bot)
app.command("api")(api.api)
app.command("standby")(processes.standby)
app.command("replay")(replay.replay)
app.command("predict")(predict.predict)
app.command("cameras")(cameras.cameras)
app.command("health")(health.health)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(staff.app, name="staff")
app.add_typer(shops.app, name="shops")
app.add_typer(customers.app, name="customers")
app.add_typer(routing.app, name="routing")
app.add_typer(database.app, name="db")
app.add_typer(configuration.app, name="config")


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of a failure; may stand anywhere on the line.")
    ] = False,
) -> None:
    """`main` reads --debug itself, so that it may stand after a command too."""


def main() -> None:
    """Run the command line and end the process."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    try:
        app(args=arguments)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if debug:
            traceback.print_exc()
        sys.exit(_told(error))


def _told(error: Exception) -> int:
    if isinstance(error, SENTENCES):
        sentence = str(error)
    else:
        sentence = (
            f"an error we did not foresee ({type(error).__name__}: {error}); --debug shows where, please report it"
        )
    if json_is_written():
        logging.getLogger("amiko").critical(sentence)
        return 1
    Console(stderr=True).print(f"amiko: {sentence}", style="red", markup=False, highlight=False, soft_wrap=True)
    return 1
