"""How many CPU threads this process computes with: all the cores it may use, unless it is told to leave some."""

from __future__ import annotations

import os

_most: int | None = None


def limit(count: int) -> None:
    """Use so many threads at most, for networks that are loaded from now on."""
    global _most
    _most = count


def threads() -> int:
    """CPU threads for inference: the cores this process may use, or the limit where that is lower."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores if _most is None else min(cores, _most)
