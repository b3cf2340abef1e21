"""How far behind the present the worker is: two 720p cameras at 8 frames a second, five faces in view, 2 cores.

    python benchmarks/lag.py [--seconds 60] [FILM]

Two RTSP cameras of ours send 15 frames a second of H.264; real capture processes read them, and the worker's own watch
analyses them into a real SQLite database, all on two cores. The film is drawn from the demo's two portraits: of six
places, five are taken at any time, and every ten seconds somebody leaves and somebody else comes, so that the networks
have work as well. With FILM, both cameras play that instead, over and over.

The lag of a frame is from its capture to the end of its analysis. Goal: less than 0.5 s at p99; exit status 1 where it
is missed. Frames are dropped and never queued: what is late shows as dropped, and lag does not grow from the first half
of the time to the second. Where there are more cores, the cameras play on the others; else they take from the two.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.endurance.film_camera import FilmCamera, as_film
from benchmarks.endurance.processes import Family, cpu_seconds

GOAL_SECONDS = 0.5
CORES = 2
WARM_UP_SECONDS = 10.0
PLACES, TURN_SECONDS, FILM_FPS = 6, 10, 15


def drawn(folder: Path) -> Path:
    """A minute of film in which five of six people are always in view, swaying as people do."""
    from tests.worker.drawn import Pose, draw, people

    def at_place(place: int, at: float) -> Pose | None:
        if int(at / TURN_SECONDS) % PLACES == place:
            return None
        x = 110 + place * 212 + 12 * np.sin(at * 1.3 + place)
        return Pose(x, 560 + 4 * np.sin(at * 2.1 + place), 0.5)

    pair = people()
    cast = [(pair[place % 2], lambda at, place=place: at_place(place, at)) for place in range(PLACES)]
    clip = draw(folder / "drawn.mp4", PLACES * TURN_SECONDS, cast, fps=FILM_FPS)
    return as_film(clip, folder / "film.mp4")


async def measure(film: Path, folder: Path, seconds: float) -> bool:
    """Watch the film, print the figures; whether the goal is met."""
    from amiko import assemble
    from amiko.config import Config
    from worker.live import Watch
    from worker.pulse import Pulse
    from worker.recorder import Recorder

    class Recorded(Pulse):
        """Keeps every frame's lag."""

        def __init__(self, name: str) -> None:
            super().__init__(name)
            self.lags: list[float] = []
            self.dropped = 0

        def analysed(self, lag_seconds: float, dropped: int) -> None:
            super().analysed(lag_seconds, dropped)
            self.lags.append(lag_seconds)
            self.dropped += dropped

    with ExitStack() as stack:
        cores = sorted(os.sched_getaffinity(0))
        others = set(cores[CORES:]) or set(cores)
        os.sched_setaffinity(0, set(cores[:CORES]))
        cameras = [FilmCamera("rtsp", film, others) for _ in range(2)]
        for camera in cameras:
            camera.start()
            stack.callback(camera.kill)
        config = Config.model_validate(
            {
                "database": {"url": f"sqlite+aiosqlite:///{folder}/lag.db"},
                "cameras": [{"name": f"camera {n}", "url": camera.url} for n, camera in enumerate(cameras)],
            }
        )
        database = await assemble.database(config)
        recorder = Recorder(database, "camera", assemble.offer(config))
        watch = Watch(config, config.routing.as_departments(), assemble.networks(config), recorder)
        pulses = {name: Recorded(name) for name in watch.pulses}
        watch.pulses.update(pulses)
        running = asyncio.create_task(watch.run())
        while not all(pulse.lags for pulse in pulses.values()):  # noqa: ASYNC110  # frames do not announce themselves
            await asyncio.sleep(0.1)
        await asyncio.sleep(WARM_UP_SECONDS)
        first = {name: (len(pulse.lags), pulse.dropped) for name, pulse in pulses.items()}
        captures = Family(os.getpid()).of_role("capture")
        began, own = time.monotonic(), time.process_time()
        theirs = sum(map(cpu_seconds, captures))
        await asyncio.sleep(seconds)
        wall = time.monotonic() - began
        own, theirs = time.process_time() - own, sum(map(cpu_seconds, captures)) - theirs
        lags = {name: pulse.lags[first[name][0] :] for name, pulse in pulses.items()}
        dropped = {name: pulse.dropped - first[name][1] for name, pulse in pulses.items()}
        watch.stop()
        await running
        await database.close()
    if others <= set(cores[:CORES]):
        print("no other cores: the cameras and whatever else runs take from the two as well")
    for name, values in lags.items():
        print(f"{name}: {len(values) / wall:.1f} frames/s analysed, {dropped[name] / wall:.2f}/s dropped", end="  ")
        _tell(values)
    together = [lag for values in lags.values() for lag in values]
    print("both:", end=" ")
    p99 = _tell(together)
    halves = [[lag for values in lags.values() for lag in part(values)] for part in (_first_half, _second_half)]
    print("median of the halves: " + ", then ".join(f"{np.median(half) * 1000:.0f} ms" for half in halves))
    print(f"CPU: worker {own / wall:.0%} and captures {theirs / wall:.0%} of one core", end="; ")
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    return p99 < GOAL_SECONDS


def _tell(lags: list[float]) -> float:
    """Print how late frames were; returns the 99th percentile."""
    p50, p99 = np.percentile(lags, [50, 99])
    print(f"lag p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (goal 500), worst {max(lags) * 1000:.0f} ms")
    return float(p99)


def _first_half(lags: list[float]) -> list[float]:
    return lags[: len(lags) // 2]


def _second_half(lags: list[float]) -> list[float]:
    return lags[len(lags) // 2 :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path, nargs="?", metavar="FILM")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    print(f"{os.cpu_count()} CPU cores, load {os.getloadavg()[0]:.1f} before the start")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = as_film(options.film, folder / "film.mp4") if options.film else drawn(folder)
        met = asyncio.run(measure(film, folder, options.seconds))
    sys.exit(not met)


if __name__ == "__main__":
    main()
