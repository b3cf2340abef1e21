"""One picture in memory that two processes share: one of them replaces it, the other takes the newest whole one.

The memory has no name, so that nothing is left of it when both processes are gone, however they went. A picture is
only touched while a lock on it is held, which the kernel lets go of when its holder dies: none is ever seen torn.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("=QdIII")
"""Number (0 while a picture is being written), time, height, width, channels."""

_PIXELS = 64
"""Where the pixels begin (bytes)."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture and its place in the stream.

    Attributes:
        image: (H, W, C) uint8.
        number: 1 for the first, without gaps.
        taken: time.monotonic() of its capture, which all processes of a machine share (s).
    """

    image: NDArray[np.uint8]
    number: int
    taken: float


class SharedFrame:
    """The memory, as one process has it open.

    Args:
        file: descriptor from `create`, which `close` closes.
    """

    def __init__(self, file: int) -> None:
        self.file = file
        self._memory = mmap.mmap(file, os.fstat(file).st_size)
        self._written = 0

    @classmethod
    def create(cls) -> SharedFrame:
        """New memory without a picture; its `file` can be passed on to a child."""
        if hasattr(os, "memfd_create"):
            file = os.memfd_create("amiko-frame")
        else:
            with tempfile.TemporaryFile() as unnamed:
                file = os.dup(unnamed.fileno())
        os.ftruncate(file, _PIXELS)
        return cls(file)

    def write(self, image: NDArray[np.uint8], taken: float) -> None:
        """Replace the picture, of whatever size. One process writes; it waits while the other copies (< 1 ms)."""
        height, width, channels = image.shape
        self._see(_PIXELS + image.nbytes)
        with self._locked(fcntl.LOCK_EX):
            # Should this process die in the middle, no whole picture is there.
            _HEADER.pack_into(self._memory, 0, 0, 0.0, 0, 0, 0)
            _pixels(self._memory, image.shape)[:] = image
            self._written += 1
            _HEADER.pack_into(self._memory, 0, self._written, taken, height, width, channels)

    def newest(self, after: int = 0) -> Shot | None:
        """A copy of the picture, or None where its number is not above `after`.

        Raises:
            BlockingIOError: it is being replaced at this moment; it never waits for a process that may hang.
        """
        while True:
            with self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
                number, taken, height, width, channels = _HEADER.unpack_from(self._memory)
                if number <= after:
                    return None
                size = _PIXELS + height * width * channels
                if size <= len(self._memory):
                    return Shot(_pixels(self._memory, (height, width, channels)).copy(), number, taken)
            self._see(size)

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
        os.close(self.file)

    def _see(self, size: int) -> None:
        """See at least so many bytes; the memory only grows, so that no process ever looks beyond its end.

        Never under the lock: unmapping closes a descriptor, at which the system lets go of all this process's locks.
        """
        if size <= len(self._memory):
            return
        if os.fstat(self.file).st_size < size:
            os.ftruncate(self.file, size)
        self._memory.close()
        self._memory = mmap.mmap(self.file, size)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        fcntl.lockf(self.file, how)
        try:
            yield
        finally:
            fcntl.lockf(self.file, fcntl.LOCK_UN)


def _pixels(memory: mmap.mmap, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The pixels as they lie in the memory, which cannot be closed before this array is gone."""
    return np.ndarray(shape, np.uint8, buffer=memory, offset=_PIXELS)
