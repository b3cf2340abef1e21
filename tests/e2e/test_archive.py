"""`amiko replay DIR`: an archive of several cameras on this machine, as a process that children and files fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import Run, own_environment
from tests.e2e.recordings import make_archive, stored
from tests.worker.cameras import alive, children, command, until


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    return make_archive(tmp_path_factory.mktemp("archive"), clip)


@pytest.fixture(scope="module")
def lines(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one job prints of it."""
    command = [sys.executable, "-m", "amiko", "replay", archive, "--jobs", "1", "--json", "-"]
    done = subprocess.run(
        command, cwd=tmp_path_factory.mktemp("one"), env=own_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


def analysts(of: int) -> list[int]:
    """The processes that a replay analyses in."""
    return [pid for pid in children(of) if "spawn_main" in command(pid)]


def test_an_archive_is_stored_once_with_its_cameras_and_times_and_two_jobs_print_what_one_does(
    amiko: Run, archive: Path, lines: str, database_url: str
) -> None:
    for _ in range(2):
        result = amiko("replay", archive, "--jobs", "2", "--json", "-", "--db", database_url)
        assert result.stdout == lines
        assert result.returncode == 1
        assert "broken.mp4 is not a video that can be read" in result.stderr
        assert "1 of 4 recordings gave nothing: till/broken.mp4" in result.stderr
        assert "Traceback" not in result.stderr
    assert "3 visits; 3 were in the database already" in result.stderr
    printed = [json.loads(line) for line in lines.splitlines()]
    assert [(line["file"], line["camera"]) for line in printed] == [
        ("door/2026-11-20_09-00-00.mp4", "door"),
        ("door/2026-11-20_10-00-00.mp4", "door"),
        ("till/20261120_110000.mp4", "till"),
    ]
    visits = stored(database_url)
    assert [visit for _, _, visit in visits] == [line["visit"] for line in printed]
    assert [(camera, first_seen[:16]) for camera, first_seen, _ in visits] == [
        ("door", "2026-11-20 06:00"),
        ("door", "2026-11-20 07:00"),
        ("till", "2026-11-20 08:00"),
    ]


@pytest.fixture
def running(archive: Path, tmp_path: Path) -> subprocess.Popen[str]:
    """A replay of the archive in two processes, which never open the database."""
    return subprocess.Popen(
        [sys.executable, "-m", "amiko", "replay", archive, "--jobs", "2", "--json", "-", "--db", "sqlite:///test.db"],
        cwd=tmp_path,
        env=own_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def busy(pid: int) -> bool:
    """Whether a process has a film open."""
    with suppress(FileNotFoundError):  # what it closes meanwhile is no film
        return any(file.readlink().suffix == ".mp4" for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink())
    return False


def test_a_killed_process_is_replaced_and_its_file_begun_anew(running: subprocess.Popen[str], lines: str) -> None:
    until(lambda: any(map(busy, analysts(running.pid))), 120)
    os.kill(next(filter(busy, analysts(running.pid))), signal.SIGKILL)
    printed, said = running.communicate(timeout=240)
    assert printed == lines
    assert "the process that analysed it was killed; it is begun anew" in said
    assert "Traceback" not in said


def test_ctrl_c_ends_the_children_and_leaves_what_is_done(
    running: subprocess.Popen[str], lines: str, tmp_path: Path
) -> None:
    assert running.stdout is not None
    first = running.stdout.readline()
    left = analysts(running.pid)
    assert left
    for pid in (running.pid, *left):  # a terminal sends it to all of them
        os.kill(pid, signal.SIGINT)
    rest, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert not any(map(alive, left))
    assert lines.startswith(first)
    assert len(stored(f"sqlite+aiosqlite:///{tmp_path}/test.db")) == len((first + rest).splitlines())
    assert "recordings are done and stored; run the same again for the others" in said
    assert "Traceback" not in said


def test_whoever_is_killed_leaves_no_child(running: subprocess.Popen[str]) -> None:
    until(lambda: any(map(busy, analysts(running.pid))), 120)
    left = analysts(running.pid)
    running.kill()
    running.communicate()
    until(lambda: not any(map(alive, left)), 10)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--address", "auto"), 2, "say --engine ray as well"),
        (("--notify",), 2, "--notify are for FILEs"),
        (("--jobs", "0"), 2, "--jobs"),
        (("--engine", "spark"), 2, "--engine"),
    ],
)
def test_bad_options_are_one_sentence(
    amiko: Run, archive: Path, options: tuple[str, ...], code: int, says: str
) -> None:
    result = amiko("replay", archive, *options)
    assert result.returncode == code
    assert says in result.stderr
    assert "Traceback" not in result.stderr
