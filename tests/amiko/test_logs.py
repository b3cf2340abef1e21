"""The log: text or JSON, whoever logs and in whichever process, and never with a token."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from amiko.config.store import LogFormat
from amiko.logs import set_up_logging
from tests.e2e.conftest import own_environment
from tests.worker.cameras import until

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root, handlers, level = logging.root, list(logging.root.handlers), logging.root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    threading.excepthook = threading.__excepthook__


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def fail(sentence: str) -> None:
    raise ValueError(sentence)


def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", "json")
    before = datetime.now(UTC)
    logging.getLogger("worker.live").info("camera %s: «Вход»\nsecond line", "door")
    logging.getLogger("worker.live").debug("not asked for")

    (line,) = json_lines(capsys.readouterr().err)
    assert before <= datetime.fromisoformat(line.pop("time")) <= datetime.now(UTC)
    assert line == {"level": "info", "logger": "worker.live", "message": "camera door: «Вход»\nsecond line"}


def test_an_exception_is_a_field_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", "json")
    try:
        fail("no such door")
    except ValueError:
        logging.getLogger("bot").exception("it went wrong")

    (line,) = json_lines(capsys.readouterr().err)
    assert (line["level"], line["message"]) == ("error", "it went wrong")
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("ValueError: no such door")


def test_warnings_and_failed_threads_are_json_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", "json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("this will change", DeprecationWarning, stacklevel=1)
    thread = threading.Thread(target=fail, args=("out of tea",), name="kettle")
    thread.start()
    thread.join()

    warned, failed = json_lines(capsys.readouterr().err)
    assert "this will change" in warned["message"]
    assert failed["message"] == "a thread has failed: kettle"
    assert failed["exception"].endswith("ValueError: out of tea")


def test_the_console_shows_text_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    try:
        fail("no such door")
    except ValueError:
        logging.getLogger("bot").exception("it went wrong")

    first, *rest = capsys.readouterr().err.splitlines()
    assert first.endswith(" ERROR   bot: it went wrong")
    datetime.strptime(first[:19], "%Y-%m-%d %H:%M:%S")
    assert rest[-1] == "ValueError: no such door"


@pytest.mark.parametrize("format", ["console", "json"])
@pytest.mark.parametrize("around", ["{}", "https://api.telegram.org/bot{}/getMe", "a line\n{}", '"{}"', "tab\t{}-"])
def test_a_token_is_in_no_line(capsys: pytest.CaptureFixture[str], format: LogFormat, around: str) -> None:
    set_up_logging("INFO", format)
    text = around.format(TOKEN)
    try:
        fail(text)
    except ValueError:
        logging.getLogger("httpx").exception("asked %s", text)

    written = capsys.readouterr().err
    assert written.count("<token>") == 2
    assert TOKEN.partition(":")[2] not in written


@pytest.mark.parametrize(
    "text", ["at 08:22:32", "rtsp://192.0.2.10:554/stream1", "127.0.0.1:8090", "sha256:0a1b2c3d4e5f"]
)
def test_what_is_no_token_stays(capsys: pytest.CaptureFixture[str], text: str) -> None:
    set_up_logging("INFO")
    logging.getLogger("bot").info(text)
    assert text in capsys.readouterr().err


def test_every_process_of_a_shop_logs_json(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("cameras: [{name: door, url: 'rtsp://127.0.0.1:9/x'}]\nlog: {format: json}")
    environment = own_environment() | {
        "AMIKO_TELEGRAM__TOKEN": "1:x",
        "AMIKO_TELEGRAM__BASE_URL": "http://127.0.0.1:9/bot",
        "AMIKO_API__PORT": "0",
    }
    log = tmp_path / "log"
    with log.open("w") as errors:
        shop = subprocess.Popen([sys.executable, "-m", "amiko", "run"], cwd=tmp_path, stderr=errors, env=environment)
    try:
        # The worker's capture process cannot open the camera; the worker says so with its last line.
        wanted = {"amiko.supervisor", "bot.service", "api.server", "worker.feed", "amiko"}
        until(lambda: {line["logger"] for line in json_lines(log.read_text())} >= wanted, 90)
    finally:
        shop.terminate()
        assert shop.wait(60) == 0
    (last,) = [line for line in json_lines(log.read_text()) if line["logger"] == "amiko"][:1]
    assert last["level"] == "critical"
    assert "camera door: rtsp://127.0.0.1:9/x does not open" in last["message"]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in json_lines(log.read_text()))


def test_the_environment_sets_the_format(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "amiko", "bot"],
        cwd=tmp_path,
        env=own_environment() | {"AMIKO_LOG__FORMAT": "json"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "AMIKO_TELEGRAM__TOKEN" in json_lines(done.stderr)[-1]["message"]
