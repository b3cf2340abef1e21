"""What a command writes: JSON lines to files or to standard output, and sentences to standard error."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import typer
from rich.console import Console

from amiko.errors import AmikoError

errors = Console(stderr=True)


def open_lines(stack: ExitStack, option: str, path: Path | None) -> TextIO | None:
    """Where lines go, closed with `stack`: a file, standard output for -, None where none are wanted.

    Raises:
        AmikoError: the file cannot be written.
    """
    if path is None:
        return None
    if str(path) == "-":
        return typer.get_text_stream("stdout")
    try:
        return stack.enter_context(path.open("w", encoding="utf-8"))
    except OSError as error:
        raise AmikoError(
            f"{option} {path}: cannot be written: {error.strerror}; name a file in a folder that exists"
        ) from None


def write_line(lines: TextIO | None, line: dict[str, Any]) -> None:
    """One line, at once, where lines are wanted."""
    if lines is not None:
        lines.write(json.dumps(line, ensure_ascii=False) + "\n")
        lines.flush()


def say(sentence: str) -> None:
    """Tell the user, beside the lines."""
    errors.print(f"amiko: {sentence}", style="yellow", markup=False, highlight=False, soft_wrap=True)
