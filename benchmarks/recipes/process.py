"""A recipe's process: held to one core, its figures printed as one line of JSON."""

from __future__ import annotations

import json
import os
import resource


def hold_one_core() -> None:
    """Let this process use one core, whatever its libraries think; call it before they are imported.

    CPU seconds are then work done, without threads that wait for each other.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def peak_mb() -> float:
    """Most memory that this process had at once (MB of 1024 x 1024 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(figures: dict[str, object]) -> None:
    """Give the figures to whoever started this process."""
    print(json.dumps(figures))
