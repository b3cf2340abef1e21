"""An archive on a Ray cluster: a task a file, on whichever node has a core to spare.

Nodes read the files where the driver sees them, so the archive lies on storage that all share, under the same path.
They give back visits as values; only the driver writes to the database.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from amiko.config import Camera, Config
from vision.errors import DetectorError
from vision.weights_file import WeightsError
from worker.archive.analysis import Analysis, analyse, prepare, settings, use_threads
from worker.archive.engine import Task, WorkerLostError
from worker.errors import EngineError, SourceError

# Ray would tell its makers of each start.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
except ImportError:
    raise EngineError("--engine ray needs Ray, which is not installed; run: pip install 'amiko[ray]'") from None

ANSWER_SECONDS = 5.0
"""In which a cluster's address must answer at all: Ray itself would try for two minutes."""

CHECK_SECONDS = 300.0
"""In which every node must have started a process and loaded the networks."""

OBJECTS_BYTES = 80 * 1024**2
"""Shared memory of a Ray of our own: what goes through it is a few kilobytes a file."""


@dataclass(frozen=True)
class Node:
    """What a node says of itself: the first file that it cannot read as the driver does, and its version of Amiko."""

    unreadable: str | None
    version: str


class RayEngine:
    """Tasks of a Ray cluster, each on one core.

    Args:
        config: how to analyse.
        jobs: how many files at once; None for one a core of the cluster.
        address: of the cluster, as Ray takes it; None to start a Ray of our own on this machine.

    Raises:
        EngineError: no cluster answers there.
    """

    def __init__(self, config: Config, jobs: int | None, address: str | None) -> None:
        _connect(address, jobs)
        self._settings = settings(config)
        cores = int(ray.cluster_resources().get("CPU", 0))  # type: ignore[no-untyped-call]
        if cores < 1:
            ray.shutdown()
            raise EngineError(f"the Ray cluster {address} has no CPU for tasks; start nodes with ray start --num-cpus")
        self.jobs = jobs or cores
        self._task = ray.remote(num_cpus=1, max_retries=0)(_analyse)
        self._running: set[Any] = set()

    async def start(self, tasks: list[Task]) -> None:
        """See that every node has this version of Amiko, the networks, and the files, of which some are looked at."""
        sizes = looked_at([task.path for task in tasks])
        nodes = {
            node["NodeID"]: node["NodeManagerAddress"]
            for node in ray.nodes()  # type: ignore[no-untyped-call]
            if node["Alive"] and node["Resources"].get("CPU")
        }
        check = ray.remote(num_cpus=0, max_retries=2)(_check)
        asked = {
            node: check.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)).remote(
                sizes, self._settings
            )
            for node in nodes
        }
        for node, answer in asked.items():
            judge(nodes[node], await _answered(nodes[node], answer), version("amiko"))

    async def analyse(self, task: Task) -> Analysis:
        """Analyse one file."""
        running = self._task.remote(task.path, task.camera, self._settings)
        self._running.add(running)
        try:
            found: Analysis | str = await running
        except RayTaskError as error:
            raise error.cause from None
        except RayError as error:
            raise WorkerLostError(f"is gone ({type(error).__name__})") from None
        finally:
            self._running.discard(running)
        if isinstance(found, str):
            raise SourceError(found)
        return found

    def shares(self) -> Mapping[Path, float]:
        """Not known: a node says nothing before a file is done."""
        return {}

    async def close(self) -> None:
        """Leave the cluster, which ends what it does for us."""
        for running in self._running:
            ray.cancel(running, force=True)
        await asyncio.to_thread(ray.shutdown)


def _connect(address: str | None, jobs: int | None) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        ray.init("local", num_cpus=jobs, include_dashboard=False, object_store_memory=OBJECTS_BYTES, **quiet)
        return
    if address != "auto":
        _knock(address)
    try:
        ray.init(address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise EngineError(f"--address {address}: Ray cannot use it: {str(error).splitlines()[0]}") from None


def _knock(address: str) -> None:
    """See that something listens there."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or port is None:
        raise EngineError(f"--address {address}: give auto, HOST:PORT (6379 unless set otherwise), or ray://HOST:10001")
    try:
        socket.create_connection((parts.hostname, port), ANSWER_SECONDS).close()
    except OSError as error:
        raise EngineError(
            f"--address {address}: no Ray cluster answers there ({error.strerror or error}); ray start --head on that "
            "machine prints its address"
        ) from None


async def _answered(node: str, answer: Any) -> Node:
    try:
        found: Node = await asyncio.wait_for(answer, CHECK_SECONDS)
    except TimeoutError:
        raise EngineError(f"the Ray node {node} has not answered for {CHECK_SECONDS:g} s; see ray status") from None
    except RayTaskError as error:
        _refuse(node, error.cause)
    except RayError as error:
        _refuse(node, error)
    return found


def _refuse(node: str, error: Exception) -> NoReturn:
    if isinstance(error, WeightsError | DetectorError):
        raise EngineError(f"the Ray node {node}: {error}") from None
    raise EngineError(
        f"Amiko does not run on the Ray node {node} ({type(error).__name__}: {str(error).strip().splitlines()[-1]}); "
        f"install amiko[ray] {version('amiko')} there"
    ) from None


def looked_at(paths: Sequence[Path]) -> dict[Path, int]:
    """The first, middle and last of those files that can be read here, with their sizes (bytes).

    What cannot be read here is one broken file among the others, and says nothing of a node.
    """
    sizes = {}
    for path in paths:
        with suppress(OSError):
            if os.access(path, os.R_OK):
                sizes[path] = path.stat().st_size
    there = list(sizes)
    return {path: sizes[path] for path in (there[:1] + there[len(there) // 2 :][:1] + there[-1:])}


def judge(address: str, node: Node, here: str) -> None:
    """See that a node is fit to analyse; `here` is the driver's version of Amiko.

    Raises:
        EngineError: it has another one, or does not see the archive.
    """
    if node.version != here:
        raise EngineError(
            f"the Ray node {address} has Amiko {node.version}, here is {here}; install the same on all, so that every "
            "file is judged alike"
        )
    if node.unreadable is not None:
        raise EngineError(
            f"the Ray node {address} does not see {node.unreadable} as it is here; put the archive on storage that all "
            "nodes share, under the same path"
        )


def _check(sizes: Mapping[Path, int], config: Config) -> Node:
    """Runs on a node."""
    use_threads(1)
    prepare(config)
    unreadable = next((str(path) for path, size in sizes.items() if not _sees(path, size)), None)
    return Node(unreadable, version("amiko"))


def _sees(path: Path, size: int) -> bool:
    try:
        return os.access(path, os.R_OK) and path.stat().st_size == size
    except OSError:
        return False


def _analyse(path: Path, camera: Camera, config: Config) -> Analysis | str:
    """Runs on a node; a sentence where the file is broken, as Ray would wrap an exception in its own."""
    use_threads(1)
    try:
        return analyse(path, camera, config)
    except SourceError as error:
        return str(error)
