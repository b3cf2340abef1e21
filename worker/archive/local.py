"""An archive on the cores of this machine: one process a job, each started anew when it is lost."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from amiko.config import Camera, Config
from worker.archive.analysis import Analysis, analyse, prepare, settings, use_threads
from worker.archive.engine import Task, WorkerLostError

T = TypeVar("T")

# Forked processes would inherit locks that threads of ours hold.
_SPAWN = multiprocessing.get_context("spawn")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalEngine:
    """Processes of this machine, which share its cores.

    Args:
        config: how to analyse.
        jobs: how many files at once.
    """

    def __init__(self, config: Config, jobs: int) -> None:
        self.jobs = jobs
        self._settings = settings(config)
        threads = max(1, cores() // jobs)
        self._free: asyncio.Queue[_Process] = asyncio.Queue()
        self._processes = [_Process(threads) for _ in range(jobs)]
        self._under_way: dict[_Process, Path] = {}  # a file that was named twice is analysed twice
        for process in self._processes:
            self._free.put_nowait(process)

    async def start(self, tasks: list[Task]) -> None:
        """Load the networks in one process, to see that it can be done."""
        await self._processes[0].run(prepare, self._settings)

    async def analyse(self, task: Task) -> Analysis:
        """Analyse one file."""
        process = await self._free.get()
        self._under_way[process] = task.path
        try:
            return await process.run(_analyse, task.path, task.camera, self._settings)
        except BrokenProcessPool:
            process.renew()
            raise WorkerLostError("was killed") from None
        finally:
            del self._under_way[process]
            self._free.put_nowait(process)

    def shares(self) -> Mapping[Path, float]:
        """Which share is done of each file under way."""
        return {path: process.share.value for process, path in self._under_way.items()}

    async def close(self) -> None:
        """Kill the processes; they hold nothing that is not whole."""
        for process in self._processes:
            process.kill()
        await asyncio.gather(*(asyncio.to_thread(process.pool.shutdown) for process in self._processes))


class _Process:
    """A pool of one process, so that a death concerns one file, and it is known which."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self.share: Any = _SPAWN.Value("d", 0.0, lock=False)
        self.renew()

    def renew(self) -> None:
        self.pool = ProcessPoolExecutor(1, _SPAWN, _begin, (self._threads, self.share))
        self._child: BaseProcess | None = None

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        self.share.value = 0.0
        others = multiprocessing.active_children()  # whoever else is in this process may have some
        with _deaf_to_ctrl_c():
            future = self.pool.submit(work, *arguments)
        for child in multiprocessing.active_children():
            if child not in others:
                self._child = child
        return await asyncio.wrap_future(future)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """A process that is started meanwhile never hears of Ctrl-C, which is for the parent: it ends its children.

    The parent hears of it, at the latest afterwards: what is blocked waits, and what is ignored would be lost.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_share: Any = None


def _begin(threads: int, share: Any) -> None:
    """What a process does first."""
    global _share
    _share = share
    threading.Thread(target=_end_with_parent, daemon=True).start()
    use_threads(threads)


def _analyse(path: Path, camera: Camera, config: Config) -> Analysis:
    def progress(share: float) -> None:
        _share.value = share

    return analyse(path, camera, config, progress)


def _end_with_parent() -> None:
    """A killed parent leaves nobody: the system tells of its end, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
