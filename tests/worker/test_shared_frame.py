"""The newest whole picture passes between two processes, whatever its size and whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.worker.cameras import open_files, until
from worker.shared_frame import SharedFrame, Shot

PAINTER = """
import sys
import numpy as np
from worker.shared_frame import SharedFrame
memory, number = SharedFrame(int(sys.argv[1])), 0
while True:
    number += 1
    side = 200 + number % 7 * 100
    memory.write(np.full((side, side, 3), number % 251, np.uint8), float(number))
"""
"""Writes pictures of one colour each, of changing sizes, as fast as it can."""


@pytest.fixture
def memory() -> SharedFrame:
    return SharedFrame.create()


def paint(memory: SharedFrame) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PAINTER, str(memory.file)], pass_fds=[memory.file])


def look(memory: SharedFrame, after: int = 0) -> Shot | None:
    try:
        return memory.newest(after)
    except BlockingIOError:
        return None


def test_no_picture_is_torn_though_its_size_changes_all_the_time(memory: SharedFrame) -> None:
    painter = paint(memory)
    seen, sides = 0, set()
    try:
        until(lambda: look(memory))
        give_up = time.monotonic() + 3
        while time.monotonic() < give_up:
            if shot := look(memory, seen):
                assert shot.number > seen
                assert (shot.image == int(shot.taken) % 251).all()
                seen = shot.number
                sides.add(shot.image.shape[0])
    finally:
        painter.kill()
        painter.wait()
        memory.close()
    assert len(sides) == 7


def test_a_writer_killed_in_the_middle_leaves_no_lock_and_no_torn_picture() -> None:
    for _ in range(10):
        memory = SharedFrame.create()
        painter = paint(memory)
        until(lambda memory=memory: look(memory) is not None)
        painter.kill()
        painter.wait()
        shot = memory.newest()
        assert shot is None or (shot.image == int(shot.taken) % 251).all()
        memory.close()


def test_a_stopped_writer_does_not_hold_the_reader_up(memory: SharedFrame) -> None:
    painter = paint(memory)
    try:
        until(lambda: look(memory))
        for _ in range(20):
            os.kill(painter.pid, signal.SIGSTOP)
            asked = time.monotonic()
            look(memory)
            assert time.monotonic() - asked < 5
            os.kill(painter.pid, signal.SIGCONT)
    finally:
        painter.kill()
        painter.wait()
        memory.close()


def test_a_picture_is_given_once_and_replaced_by_the_next() -> None:
    memory = SharedFrame.create()
    assert memory.newest() is None
    memory.write(np.full((4, 6, 3), 1, np.uint8), 1.5)
    memory.write(np.full((2, 3, 3), 2, np.uint8), 2.5)
    shot = memory.newest()
    assert shot is not None
    assert (shot.number, shot.taken, shot.image.shape, shot.image.max()) == (2, 2.5, (2, 3, 3), 2)
    assert memory.newest(after=2) is None
    memory.close()


def test_nothing_stays_open() -> None:
    before = open_files(os.getpid())
    for _ in range(50):
        memory = SharedFrame.create()
        memory.write(np.zeros((100, 100, 3), np.uint8), 0.0)
        memory.close()
    assert open_files(os.getpid()) == before
