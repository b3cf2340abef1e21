"""`amiko demo --once`: the main job from the clip to the cards, as one command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Run


def test_the_demo_shows_two_visitors_to_two_assistants_and_ends_well(amiko: Run) -> None:
    result = amiko("demo", "--once")
    assert result.returncode == 0, result.stderr
    assert "Amiko replays a clip of two visitors" in result.stdout.splitlines()[0]
    assert "http://127.0.0.1:" in result.stdout.splitlines()[0]
    assert "2 visitors, 4 cards, every one arrived." in result.stdout
    assert result.stdout.count("Анна") == 2
    assert result.stdout.count("Борис") == 2
    assert result.stdout.count(" ms ") == 4
    assert "Traceback" not in result.stderr


def test_any_footage_can_be_demonstrated(amiko: Run, shared_video: Path) -> None:
    result = amiko("demo", "--once", "--video", shared_video / "face-demographics-walking-and-pause.mp4")
    assert result.returncode == 0, result.stderr
    assert "3 visitors, 6 cards, every one arrived." in result.stdout


@pytest.mark.parametrize(("name", "says"), [("none.mp4", "no such file"), (".", "is a folder")])
def test_footage_that_cannot_be_read_is_named(amiko: Run, name: str, says: str) -> None:
    result = amiko("demo", "--once", "--video", name)
    assert result.returncode == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr
