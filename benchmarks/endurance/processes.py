"""What processes hold while they run: memory, open files, and children that nobody has reaped. Linux only (/proc)."""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
TICKS = os.sysconf("SC_CLK_TCK")

UNREAPED = 3
"""Looks in a row at which a dead process is still there before it counts as a zombie."""


@dataclass(frozen=True)
class Held:
    """What one process held at one look."""

    at: float
    rss_mb: float
    files: int


@dataclass(frozen=True)
class Life:
    """One process's life, after its warm-up.

    Attributes:
        role: what it does.
        seconds: from the first to the last look.
        rss_mb, later_mb: median memory in the first and in the last third.
        files, later_files: the same of open files.
    """

    role: str
    seconds: float
    rss_mb: float
    later_mb: float
    files: int
    later_files: int

    @property
    def growth(self) -> float:
        """Of memory, as a share."""
        return self.later_mb / self.rss_mb - 1


class Family:
    """A process and all that descend from it.

    Args:
        root: its number.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._held: dict[tuple[str, int], list[Held]] = defaultdict(list)
        self._dead: Counter[int] = Counter()
        self.zombies: set[int] = set()

    def look(self) -> None:
        """Note what each of them holds now."""
        dead = set()
        for pid in [self._root, *self.descendants()]:
            try:
                role = role_of(pid)
                if role is None:
                    if state_of(pid) == "Z":
                        dead.add(pid)
                    continue
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            except (OSError, IndexError):
                continue  # it has just ended
            self._held[role, pid].append(Held(time.monotonic(), pages * PAGE_MB, files))
        self._dead = Counter({pid: self._dead[pid] + 1 for pid in dead})
        self.zombies |= {pid for pid, times in self._dead.items() if times >= UNREAPED}

    def descendants(self) -> list[int]:
        """Every process below the root, dead ones that nobody has reaped included."""
        children = defaultdict(list)
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    children[int((entry / "stat").read_text().rpartition(")")[2].split()[1])].append(int(entry.name))
                except OSError:
                    continue
        found, todo = [], [self._root]
        while todo:
            todo += (below := children[todo.pop()])
            found += below
        return found

    def of_role(self, role: str) -> list[int]:
        """Those that do this now."""
        return [pid for pid in self.descendants() if role_of(pid) == role]

    def lives(self, warm_up: float) -> list[Life]:
        """The longest life of each role, without its first `warm_up` seconds."""
        longest: dict[str, Life] = {}
        for (role, _), looks in self._held.items():
            warm = [held for held in looks if held.at - looks[0].at >= warm_up]
            if len(warm) < 9:
                continue
            third = len(warm) // 3
            life = Life(
                role,
                warm[-1].at - looks[0].at,
                statistics.median(held.rss_mb for held in warm[:third]),
                statistics.median(held.rss_mb for held in warm[-third:]),
                round(statistics.median(held.files for held in warm[:third])),
                round(statistics.median(held.files for held in warm[-third:])),
            )
            if role not in longest or life.seconds > longest[role].seconds:
                longest[role] = life
        return [longest[role] for role in sorted(longest)]

    def course(self, role: str, number: int = 12) -> list[float]:
        """Memory (MB) of the longest life of a role, at so many moments."""
        looks = max((held for (its, _), held in self._held.items() if its == role), key=len, default=[])
        return [looks[round(step * (len(looks) - 1) / (number - 1))].rss_mb for step in range(number)] if looks else []


def role_of(pid: int) -> str | None:
    """What a process of ours does, None for one that is dead or no process of ours."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    if "worker.capture_process" in words:
        return "capture"
    if "amiko.child" in words:
        return words[words.index("amiko.child") + 1]
    return "run" if "amiko" in words else None


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return state_of(pid) != "Z"
    except OSError:
        return False


def state_of(pid: int) -> str:
    """As /proc has it: R, S, D, T, Z."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, all its threads together; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
