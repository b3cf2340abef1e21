"""Archives on this machine: what its processes hear."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from worker.archive.local import _deaf_to_ctrl_c


@pytest.fixture
def listening_to_ctrl_c() -> Iterator[None]:
    """Whatever ran before in this process, Spark for one, may have left a handler of its own."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening_to_ctrl_c")
def test_ctrl_c_while_a_process_starts_is_for_the_parent_alone_and_not_lost() -> None:
    heard: list[str] = []

    def start() -> None:
        with _deaf_to_ctrl_c():
            child = subprocess.Popen([sys.executable, "-c", "input(); print('deaf')"], stdin=-1, stdout=-1, text=True)
            os.kill(child.pid, signal.SIGINT)
            heard.append(child.communicate("\n")[0])
            signal.raise_signal(signal.SIGINT)  # in this thread: others would take it at some other moment

    with pytest.raises(KeyboardInterrupt):
        start()
    assert heard == ["deaf\n"]
