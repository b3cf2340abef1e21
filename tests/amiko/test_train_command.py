"""Options of `amiko train` that do not go together are refused before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from amiko.cli import app


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("age --held-out 3", "only attire takes a --held-out"),
        ("attire --held-out 3 --publish open", "are neither published nor averaged"),
        ("attire --held-out 3 --average .", "are neither published nor averaged"),
        ("age --start-share 0.2", "only attire takes a --start-share"),
        ("attire --views 0.8 1.1", "leave --views out"),
        ("attire --face-size 144", "leave --face-size out"),
        ("age --views 1.1 0.8", "NEAR, then FAR"),
        ("gender --teacher .", "only age, with gender beside it"),
        ("attire --pair . .", "--pair goes with age"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, line: str, says: str) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["train", *line.split(), "--data", "none.zip", "--out", str(out)])
    assert says in str(result.exception)
    assert not out.exists()
