"""What deployment files may name: settings of config.yaml in the environment, and commands with their options."""

from __future__ import annotations

from typing import Any, get_args

import typer
from pydantic import BaseModel

from amiko.cli import app
from amiko.config import Config


def is_setting(variable: str) -> bool:
    """Whether AMIKO_SECTION__KEY is one that config.yaml knows, or the file's own place."""
    if variable == "AMIKO_CONFIG":
        return True
    model: Any = Config
    for part in variable.removeprefix("AMIKO_").lower().split("__"):
        sections = [one for one in (model, *get_args(model)) if isinstance(one, type) and issubclass(one, BaseModel)]
        if not sections or part not in sections[0].model_fields:
            return False
        model = sections[0].model_fields[part].annotation
    return True


def is_command(words: list[str]) -> bool:
    """Whether `amiko WORDS` is a command that takes these words."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            return False
        command = command.commands[rest.pop(0)]
    try:
        command.make_context(words[0], rest)
    except Exception as error:
        if "UsageError" in {kind.__name__ for kind in type(error).__mro__}:  # Click's, or Typer's own copy of it
            return False
        raise
    return True
