"""Archives on this machine: what its processes hear."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from amiko.config import Camera, Config
from worker.archive.engine import Broken, Task, analyse_all
from worker.archive.local import LocalEngine

ROOT = Path(__file__).resolve().parents[3]

# In a process of its own: in that of the tests, Spark and others have handlers, threads and signals of theirs.
INTERRUPTED = """
import signal, subprocess, sys
from worker.archive.local import _deaf_to_ctrl_c

try:
    with _deaf_to_ctrl_c():
        deaf = [sys.executable, "-c", "input(); print('child: deaf')"]
        child = subprocess.Popen(deaf, stdin=-1, stdout=-1, text=True)
        child.send_signal(signal.SIGINT)
        print(child.communicate("\\n")[0], end="")
        signal.raise_signal(signal.SIGINT)
        print("parent: not yet")
    print("parent: deaf")
except KeyboardInterrupt:
    print("parent: heard")
"""


def test_ctrl_c_while_a_process_starts_is_for_the_parent_alone_and_not_lost() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["child: deaf", "parent: not yet", "parent: heard"], done.stderr


async def test_a_file_that_was_named_twice_is_told_of_twice(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    task = Task(empty, "empty.mp4", Camera(name="door", url="recordings"))
    said: list[str] = []

    async def done(number: int, result: object) -> None:
        said.append(result.sentence if isinstance(result, Broken) else "analysed")

    engine = LocalEngine(Config(), 2)
    try:
        await analyse_all(engine, [task, task], done, said.append)
    finally:
        await engine.close()
    assert said == [f"{empty} is empty (0 bytes); copy or record it again"] * 2


async def test_an_engine_that_is_closed_kills_its_own_processes_and_nobody_elses() -> None:
    stranger = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    stranger.start()
    try:
        engine = LocalEngine(Config(), 1)
        pid = await engine._processes[0].run(os.getpid)
        os.kill(pid, 0)  # signal 0 only asks whether it is there
        await engine.close()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert stranger.is_alive()
    finally:
        stranger.kill()
        stranger.join()
