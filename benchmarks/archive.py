"""An archive analysed one file after the other, on all cores, and on Ray: how long, how much memory, the same visits?

    python benchmarks/archive.py [DIR] [--copies 3] [--jobs N]

Without DIR, an archive of two cameras is drawn: the demo clip, each time compressed differently, so that each copy
gives visits of its own. Every run is `amiko replay` as a user starts it, with a new database; Ray is started on this
machine, and its start is counted. Memory is the peak of the largest process of a run, one that analyses; of Ray's
processes, which are no children of the command, neither memory nor CPU time is known. Goal: every run prints the same
lines; exit status 1 where one does not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import imageio_ffmpeg

from amiko.clip import make_clip
from worker.archive.local import cores

MEASURED = """import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)"""
"""Runs a command and says what it and all its children took: CPU seconds, and the peak of the largest (MiB)."""


@dataclass(frozen=True)
class Run:
    """What one replay took and printed."""

    wall: float
    cpu: float
    peak_mib: float
    lines: str


def draw(folder: Path, copies: int) -> Path:
    """An archive of two cameras, and its folder."""
    clip = folder / "clip.mp4"
    make_clip(clip)
    for camera in ("entrance", "side door"):
        (folder / "archive" / camera).mkdir(parents=True)
        for number in range(copies):
            quality = str(18 + number + (copies if camera == "side door" else 0))
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(clip), "-crf", quality]
            subprocess.run([*command, str(folder / "archive" / camera / f"{number}.mp4")], check=True)
    return folder / "archive"


def replay(archive: Path, options: list[str]) -> Run:
    """One run; its sentences go to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "amiko", "replay", str(archive.resolve()), *options, "--json", "lines"]
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *command, "--db", "sqlite:///run.db"],
            cwd=folder, stderr=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        wall = time.monotonic() - began
        *said, used = done.stderr.splitlines()
        print(*said, sep="\n", file=sys.stderr)
        cpu, peak = map(float, used.split())
        return Run(wall, cpu, peak, (Path(folder) / "lines").read_text())


def main() -> int:
    """Measure, print a table, and say whether all runs printed the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", nargs="?", type=Path)
    parser.add_argument("--copies", type=int, default=3, help="drawn files of each of two cameras")
    parser.add_argument("--jobs", type=int, default=cores(), help="files at once; one a core unless told otherwise")
    asked = parser.parse_args()
    runs = {"local, 1 job": ["--jobs", "1"], f"local, {asked.jobs} jobs": ["--jobs", str(asked.jobs)]}
    if find_spec("ray") is not None:
        runs[f"Ray, {asked.jobs} jobs"] = ["--engine", "ray", "--jobs", str(asked.jobs)]
    with tempfile.TemporaryDirectory() as folder:
        archive = asked.archive or draw(Path(folder), asked.copies)
        print(f"{'':16} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9} {'visits':>7}")
        found = []
        for name, options in runs.items():
            run = replay(archive, options)
            found.append(run.lines)
            # The processes of a Ray are no children of the command.
            used = "" if "Ray" in name else f"{run.cpu:8.1f} {run.peak_mib:9.0f}"
            print(f"{name:16} {run.wall:8.1f} {used:18} {len(run.lines.splitlines()):7}", flush=True)
    same = len(set(found)) == 1
    print("all printed the same lines" if same else "the runs did not print the same lines")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
