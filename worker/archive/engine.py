"""What computes an archive: a number of files at once, each file by itself, and a file again whose process was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from amiko.config import Camera
from worker.archive.analysis import Analysis
from worker.errors import SourceError

TRIES = 3
"""A file whose process was lost so often is passed over: it may be what kills them."""


class WorkerLostError(Exception):
    """The process that analysed a file is gone; the message says how, as the end of a sentence."""


@dataclass(frozen=True)
class Task:
    """A file to analyse: where it is, what sentences call it, and as which camera."""

    path: Path
    name: str
    camera: Camera


@dataclass(frozen=True)
class Broken:
    """A file of which nothing is known; the sentence names it and says why."""

    sentence: str


class Engine(Protocol):
    """Processes that analyse files.

    Attributes:
        jobs: how many files at once.
    """

    jobs: int

    async def start(self, tasks: list[Task]) -> None:
        """Get ready for these tasks.

        Raises:
            EngineError: it cannot be used.
            WeightsError: the networks are missing or damaged.
        """

    async def analyse(self, task: Task) -> Analysis:
        """Analyse one file; at most `jobs` calls at once.

        Raises:
            SourceError: not one frame of it can be read.
            WorkerLostError: the process that did so is gone.
        """

    def shares(self) -> Mapping[Path, float]:
        """Which share is done of each file under way, where that is known."""

    async def close(self) -> None:
        """End all processes, whatever they are doing."""


async def analyse_all(
    engine: Engine,
    tasks: Iterable[Task],
    done: Callable[[int, Analysis | Broken], Awaitable[None]],
    say: Callable[[str], None],
) -> None:
    """Analyse files, each started in its turn; `done` is told of each by its number, in the order in which they end.

    Whatever `done` raises ends all of it.
    """
    numbered = enumerate(tasks)

    async def work() -> None:
        for number, task in numbered:
            await done(number, await _tried(engine, task, say))

    workers = [asyncio.create_task(work()) for _ in range(engine.jobs)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _tried(engine: Engine, task: Task, say: Callable[[str], None]) -> Analysis | Broken:
    lost = ""
    for attempt in range(TRIES):
        if attempt:
            say(f"{task.name}: the process that analysed it {lost}; it is begun anew")
        try:
            return await engine.analyse(task)
        except SourceError as error:
            return Broken(str(error))
        except WorkerLostError as error:
            lost = str(error)
        except Exception as error:  # of thousands of files, one that nobody foresaw must not stop the others
            return Broken(
                f"{task.name}: an error we did not foresee ({type(error).__name__}: {error}); please report it"
            )
    return Broken(f"{task.name}: the process that analysed it {lost}, {TRIES} times; fewer --jobs need less memory")
