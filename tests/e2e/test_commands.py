"""The other commands as processes: help, configuration, staff, database, predict, and the shop itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import matplotlib
import pytest

from tests.databases import rows
from tests.e2e.conftest import Run

HOPPER = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"


@pytest.mark.parametrize(
    "command",
    ["", "demo", "run", "worker", "bot", "api", "replay", "predict", "evaluate", "train",
     "staff", "staff add", "staff invite", "staff list", "staff remove", "cameras",
     "db", "db upgrade", "config", "config check", "config schema"],
)  # fmt: skip
def test_every_command_has_help(amiko: Run, command: str) -> None:
    result = amiko(*command.split(), "--help")
    assert result.returncode == 0
    assert "Usage:" in result.stdout


def test_an_unknown_command_is_bad_usage(amiko: Run) -> None:
    assert amiko("dance").returncode == 2


def test_the_schema_is_json_and_names_the_sections(amiko: Run) -> None:
    schema = json.loads(amiko("config", "schema").stdout)
    assert {"store", "cameras", "vision", "worker", "routing", "bot", "telegram"} <= set(schema["properties"])


def test_a_bad_configuration_is_one_sentence_and_a_traceback_only_with_debug(amiko: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("wroker: {}")
    plain, debug = amiko("config", "check"), amiko("config", "check", "--debug")
    assert plain.returncode == debug.returncode == 1
    assert "wroker: no such key; did you mean worker?" in plain.stderr
    assert "Traceback" not in plain.stderr
    assert "Traceback" in debug.stderr


def test_staff_are_added_listed_and_removed(amiko: Run, empty_database_url: str) -> None:
    there = {"AMIKO_DATABASE__URL": empty_database_url}
    assert "number 1" in amiko("staff", "add", "Анна", "--username", "@anna", **there).stdout
    assert amiko("staff", "add", "Вера", "--role", "manager", "--telegram-id", "42", **there).returncode == 0
    listed = amiko("staff", "list", **there).stdout
    assert "Анна" in listed
    assert "manager" in listed
    assert amiko("staff", "remove", "1", **there).returncode == 0
    assert "Анна" not in amiko("staff", "list", **there).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "Анна"), "give a Telegram id or a user name"),
        (("add", " ", "--telegram-id", "1"), "a name must have 1 to 64 characters"),
        (("remove", "7"), "nobody on the staff list has the number 7"),
    ],
)
def test_impossible_changes_of_staff_are_refused(
    amiko: Run, database_url: str, arguments: tuple[str, ...], says: str
) -> None:
    result = amiko("staff", *arguments, "--db", database_url)
    assert result.returncode == 1
    assert says in result.stderr


def test_the_database_is_upgraded_and_a_foreign_file_refused(amiko: Run, tmp_path: Path) -> None:
    assert amiko("db", "upgrade").returncode == 0
    assert (tmp_path / "data" / "amiko.db").exists()
    (tmp_path / "notes.db").write_text("this is no database " * 50)
    result = amiko("db", "upgrade", "--db", "sqlite:///notes.db")
    assert result.returncode == 1
    assert "notes.db" in result.stderr


def test_predict_reads_a_face(amiko: Run) -> None:
    result = amiko("predict", HOPPER, "--json")
    assert result.returncode == 0, result.stderr
    photo = json.loads(result.stdout)
    (face,) = photo["faces"]
    assert photo["image"] == str(HOPPER)
    assert set(face) == {"box", "score", "age", "gender", "attire", "department", "reason"}
    assert 40 < face["age"]["mean"] < 90


def test_predict_names_a_bad_photo_and_goes_on(amiko: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no photo")
    (tmp_path / "good.jpg").write_bytes(HOPPER.read_bytes())
    result = amiko("predict", "bad.jpg", "good.jpg")
    assert result.returncode == 1
    assert "bad.jpg is not a picture that can be read" in result.stderr
    assert "good.jpg" in result.stdout


def test_the_bot_says_that_its_token_is_missing(amiko: Run) -> None:
    result = amiko("bot")
    assert result.returncode == 1
    assert "AMIKO_TELEGRAM__TOKEN" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("cameras: []", "no camera is configured"),
        ("cameras: [{name: door, url: 'rtsp://127.0.0.1:9/x'}]", "camera door: rtsp://127.0.0.1:9/x does not open"),
    ],
)
def test_a_worker_without_a_camera_that_opens_says_so(amiko: Run, tmp_path: Path, config: str, says: str) -> None:
    (tmp_path / "config.yaml").write_text(config)
    result = amiko("worker")
    assert result.returncode == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("config", "token", "says"),
    [
        ("cameras: []", "1:x", "no camera is configured"),
        ("cameras: [{name: door, url: 0}]", "", "the bot has no token"),
    ],
)
def test_a_shop_that_cannot_run_says_so_at_once(amiko: Run, tmp_path: Path, config: str, token: str, says: str) -> None:
    (tmp_path / "config.yaml").write_text(config)
    result = amiko("run", AMIKO_TELEGRAM__TOKEN=token)
    assert result.returncode == 1
    assert says in result.stderr


def test_the_worker_records_what_a_camera_shows(amiko: Run, database_url: str, tmp_path: Path, clip: Path) -> None:
    (tmp_path / "config.yaml").write_text(f"cameras: [{{name: door, url: '{clip}'}}]")
    result = amiko("worker", "--db", database_url)
    assert result.returncode == 0, result.stderr
    assert rows(database_url, "SELECT origin, state FROM visits") == [("camera", "missed")] * 2


# What the children do with either kind of database: tests/e2e/test_working_day.py and test_postgres.py.
def test_run_restarts_a_killed_child_and_ends_with_its_children(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "config.yaml").write_text(f"cameras: [{{name: door, url: '{clip}'}}]")
    log = tmp_path / "log"
    with log.open("w") as errors:
        shop = subprocess.Popen(
            [sys.executable, "-m", "amiko", "run"],
            cwd=tmp_path,
            stderr=errors,
            env=os.environ
            | {
                "AMIKO_TELEGRAM__TOKEN": "1:x",
                "AMIKO_TELEGRAM__BASE_URL": "http://127.0.0.1:9/bot",
                "AMIKO_API__PORT": "0",
            },
        )
    try:
        api = _started(log, "api", 1)
        first = _started(log, "worker", 1)
        os.kill(first, signal.SIGKILL)
        second = _started(log, "worker", 2)
        assert second != first
        assert "worker ended with -9; it is started again in 1 s" in log.read_text()
    finally:
        shop.terminate()
        assert shop.wait(60) == 0
    for ended in (second, api):
        with pytest.raises(ProcessLookupError):
            os.kill(ended, 0)


def _started(log: Path, name: str, times: int) -> int:
    """The process number of a child's `times`-th start, once the log tells of it."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        numbers = [line.rsplit(" ", 1)[1] for line in log.read_text().splitlines() if f"{name} started as" in line]
        if len(numbers) >= times:
            return int(numbers[times - 1])
        time.sleep(0.1)
    raise AssertionError(f"{name} was not started {times} times: {log.read_text()}")
