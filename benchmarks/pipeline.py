"""What a video second costs: frames analysed per second, CPU seconds per video second, and memory.

    python benchmarks/pipeline.py [FILE...]        the drawn demo clip where no file is named

Each file runs in a process of its own, through exactly the worker's pipeline, without a database. Decoding is counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure(path: Path) -> dict[str, float]:
    """Replay one file in this process.

    Returns:
        frames: analysed; visits; video: length (s); wall, cpu: of the replay alone, after one warm-up frame (s);
        start: from the process's first line to the first analysed frame (s); rss: peak resident memory (MB).
    """
    begun = time.perf_counter()
    from amiko.assemble import networks
    from amiko.config import Camera, Config
    from worker.replay import Replay

    config = Config()
    job = Replay(
        path, Camera(name="benchmark", url=str(path)), config, config.routing.as_departments(), networks(config)
    )
    steps = job.steps()
    first = next(steps)
    assert first.frame is not None
    start = time.perf_counter() - begun
    wall, cpu = time.perf_counter(), time.process_time()
    visits, last = 0, 0.0
    for step in steps:
        visits += sum(event.kind == "ended" for event in step.events)
        last = step.frame.at if step.frame else last
    return {
        "frames": job.pipeline.analysed,
        "visits": visits,
        "video": last,
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "start": start,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Measure each file and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.files[0])))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = options.files or [_drawn(Path(folder))]
        print(f"{os.cpu_count()} CPU cores; one process a file")
        print(f"{'file':44} {'visits':>6} {'frames/s':>9} {'CPU s per video s':>18} {'start s':>8} {'peak MB':>8}")
        for file in files:
            command = [sys.executable, __file__, "--measure", str(file)]
            figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"{file.name:44} {figures['visits']:6} {figures['frames'] / figures['wall']:9.1f} "
                f"{figures['cpu'] / figures['video']:18.3f} {figures['start']:8.2f} {figures['rss']:8.0f}"
            )


def _drawn(folder: Path) -> Path:
    from amiko.clip import make_clip

    path = folder / "clip.mp4"
    make_clip(path)
    return path


if __name__ == "__main__":
    main()
