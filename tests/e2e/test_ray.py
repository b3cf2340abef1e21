"""`amiko replay DIR --engine ray` on a real cluster of two nodes: what a local run says, whatever dies meanwhile.

No node opens the database: tests/e2e/test_archive.py sees to both kinds of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.conftest import Run, own_environment
from tests.e2e.recordings import make_archive, stored
from tests.worker.cameras import command, until

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed (pip install 'amiko[ray]')")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    return make_archive(tmp_path_factory.mktemp("archive"), clip)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one."""
    with (tmp_path_factory.mktemp("ray") / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("ray_cluster.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        # Ray itself may print before.
        yield next(line.strip() for line in process.stdout if line.count(":") == 1)
        process.communicate(timeout=120)


def readers(archive: Path) -> list[int]:
    """Ray's processes that have a film of the archive open."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or "ray::" not in command(int(process.name)):
            continue
        try:
            if any(archive in file.readlink().parents for file in (process / "fd").iterdir()):
                found.append(int(process.name))
        except OSError:  # it has just ended, or is another user's
            continue
    return found


def reader(archive: Path, running: subprocess.Popen[str]) -> int:
    """The first process that has a film open while the replay runs."""
    until(lambda: readers(archive) or running.poll() is not None, 600)
    assert running.poll() is None, running.communicate()
    return readers(archive)[0]


def replay(archive: Path, cluster: str, folder: Path) -> subprocess.Popen[str]:
    ray = ["--engine", "ray", "--address", cluster]
    return subprocess.Popen(
        [sys.executable, "-m", "amiko", "replay", archive, *ray, "--json", "-", "--db", "sqlite:///test.db"],
        cwd=folder,
        env=own_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@needs_ray
def test_two_nodes_say_what_one_process_does_although_a_worker_is_killed(
    amiko: Run, archive: Path, cluster: str, tmp_path: Path
) -> None:
    lines = amiko("replay", archive, "--jobs", "1", "--json", "-", seconds=600).stdout
    assert lines.count("\n") == 3
    running = replay(archive, cluster, tmp_path)
    os.kill(reader(archive, running), signal.SIGKILL)
    printed, said = running.communicate(timeout=600)
    assert printed == lines
    assert "the process that analysed it is gone (WorkerCrashedError); it is begun anew" in said
    assert "1 of 4 recordings gave nothing: till/broken.mp4" in said
    assert running.returncode == 1
    assert "Traceback" not in said
    assert len(stored(f"sqlite+aiosqlite:///{tmp_path}/test.db")) == 3


@needs_ray
def test_ctrl_c_ends_what_the_cluster_does(archive: Path, cluster: str, tmp_path: Path) -> None:
    running = replay(archive, cluster, tmp_path)
    reader(archive, running)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=180)
    assert running.returncode == 130
    until(lambda: not readers(archive), 60)
    assert "recordings are done and stored; run the same again for the others" in said
    assert "Traceback" not in said


@needs_ray
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("127.0.0.1:9", "no Ray cluster answers there (Connection refused); ray start --head"),
        ("here", "give auto, HOST:PORT"),
    ],
)
def test_an_address_without_a_cluster_is_one_sentence(amiko: Run, archive: Path, address: str, says: str) -> None:
    result = amiko("replay", archive, "--engine", "ray", "--address", address)
    assert result.returncode == 1
    assert f"--address {address}: {says}" in result.stderr
    assert "Traceback" not in result.stderr


@needs_ray
def test_a_node_that_does_not_see_the_archive_or_is_another_amiko_is_named() -> None:
    from worker.archive.on_ray import Node, judge
    from worker.errors import EngineError

    with pytest.raises(
        EngineError, match=r"node 10\.0\.0\.7 does not see /nas/a\.mp4 as it is here; put the archive on"
    ):
        judge("10.0.0.7", Node("/nas/a.mp4", "1.0"), "1.0")
    with pytest.raises(EngineError, match=r"node 10\.0\.0\.7 has Amiko 0\.9, here is 1\.0; install the same"):
        judge("10.0.0.7", Node(None, "0.9"), "1.0")


@needs_ray
def test_a_recording_that_cannot_be_read_here_is_asked_of_no_node(tmp_path: Path) -> None:
    from worker.archive.on_ray import looked_at

    films = [tmp_path / f"{number}.mp4" for number in range(6)]
    for film in films[1:5]:
        film.write_bytes(b"film" * int(film.stem))
    assert looked_at(films) == {films[1]: 4, films[3]: 12, films[4]: 16}
    assert looked_at([films[0], films[5]]) == {}


def test_without_ray_it_says_how_to_install_it(archive: Path, tmp_path: Path) -> None:
    """As if it were not there, where it is."""
    code = "import sys; sys.modules['ray'] = None; from amiko.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code, "replay", archive, "--engine", "ray"],
        cwd=tmp_path,
        env=own_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "--engine ray needs Ray, which is not installed; run: pip install 'amiko[ray]'" in result.stderr
    assert "Traceback" not in result.stderr
