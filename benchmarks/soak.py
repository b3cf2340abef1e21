"""A shop that is broken again and again for half an hour: does it recover by itself, lose no visit, and hold no more?

    python benchmarks/soak.py [--minutes 30] [--seed N]

The whole of `amiko run` (worker with two captures, bot, API) watches two cameras of ours, one of JPEGs by HTTP and one
of H.264 by RTSP, that play the drawn demo clip by the clock; the local Bot API server takes the cards. Every few
seconds something breaks, in an order that the seed decides: a camera freezes, is switched off, cut off, sends damaged
data or another resolution, a child is killed or stopped, the database is locked, its disk is full (a small tmpfs, where
this runs as root). Worker, bot and API are killed during the first fifth only, so that the memory of one long life can
be judged.

Exit status 1 where a goal is missed: every decided visit written, and told to the assistant who waits; each visitor
whom no fault touched is one visit; memory of each process grows by less than 5 % between the first and the last third
of its longest life after a warm-up (a quarter of the time, 5 minutes at most); no more open files; no zombie; no
traceback; whatever broke works again within 90 s; nothing is left when the shop ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import imageio_ffmpeg

from amiko.clip import make_clip
from benchmarks.endurance.counting import Count, Span, count
from benchmarks.endurance.faults import Fault, Shop, dealt, faults_of
from benchmarks.endurance.film_camera import FPS, FilmCamera, as_film
from benchmarks.endurance.processes import Family, Life, is_alive
from bot.simulator.server import Person, Simulator
from db import staff
from db.engine import Database

ANNA = 2001
GROWTH = 0.05
FILES = 3
"""Open files more than before that may be chance."""

RECOVERY_SECONDS = 90.0
START_SECONDS = 180.0
LOOK_SECONDS = 2.0
SETTLED = 1.5
"""Seconds after a camera's return until its pictures are seen as before."""

TELLING_SECONDS = 5.0
"""For the last cards to arrive."""

DECIDED = re.compile(r"visit (\S{36}) is decided")


@dataclass
class Broken:
    """One fault as it went: from when to when all worked again, how long that took once it was over, what was said."""

    fault: Fault
    span: Span
    seconds: float
    said: list[str]


@dataclass(frozen=True)
class Rate:
    """At one look: frames analysed per second of a camera, and how late the last one was (ms)."""

    at: float
    camera: str
    fps: float
    lag_ms: float


class Soak:
    """One run of the shop.

    Args:
        shop: what is broken.
        log: where all processes of the shop write.
        dice: seeded.
    """

    def __init__(self, shop: Shop, log: Path, dice: random.Random) -> None:
        self.shop = shop
        self.broken: list[Broken] = []
        self.rates: list[Rate] = []
        self._log = log
        self._dice = dice

    async def run(self, seconds: float) -> Span:
        """Break one thing after the other; returns from when to when."""
        try:
            await self._well(START_SECONDS)
        except TimeoutError:
            sys.exit(f"the shop does not begin to work within {START_SECONDS:.0f} s; it said:\n{self._log.read_text()}")
        await asyncio.sleep(SETTLED)
        began = time.time()
        restarts, others = [], []
        for fault in faults_of(self.shop):
            (restarts if fault.restarts else others).append(fault)
        while (passed := time.time() - began) < seconds - 30:
            todo = dealt([*restarts, *others] if passed < seconds / 5 else others, self._dice)
            for fault in todo:
                if fault.restarts and time.time() - began > seconds / 5:
                    continue
                if time.time() - began > seconds - 30:
                    break
                await asyncio.sleep(self._dice.uniform(3, 15))
                await self._break(fault)
        await asyncio.sleep(max(0.0, began + seconds - time.time()))
        return Span(began, time.time())

    async def _break(self, fault: Fault) -> None:
        at, said = time.time(), len(self._log.read_text())
        await fault.act(self.shop, self._dice)
        mended = time.time()
        await asyncio.sleep(LOOK_SECONDS)
        with suppress(TimeoutError):
            await self._well(RECOVERY_SECONDS)
        await asyncio.sleep(SETTLED)
        lines = [line for line in self._log.read_text()[said:].splitlines() if " INFO " not in line]
        self.broken.append(Broken(fault, Span(at - SETTLED, time.time()), time.time() - mended, lines))
        print(f"{datetime.now():%H:%M:%S} {fault.name}: well again {time.time() - mended:.0f} s after", flush=True)

    async def _well(self, seconds: float) -> None:
        """Wait until every process is there, and every camera has given a frame since now."""
        began = datetime.now(UTC)
        async with asyncio.timeout(seconds):
            while not self._is_well(began):  # noqa: ASYNC110  # processes and files do not announce it
                await asyncio.sleep(0.5)

    def _is_well(self, since: datetime) -> bool:
        processes = all(self.shop.family.of_role(role) for role in ("worker", "bot", "api"))
        return processes and frames_since(self.shop.database, since) == len(self.shop.cameras)


def frames_since(database: Path, since: datetime) -> int:
    """How many cameras have given a frame since then."""
    query = "SELECT count(*) FROM camera_states WHERE state = 'running' AND last_frame_at > ?"
    try:
        with sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=1) as connection:
            return int(connection.execute(query, (since.strftime("%Y-%m-%d %H:%M:%S.%f"),)).fetchone()[0])
    except sqlite3.Error:
        return 0


async def look_at(family: Family, database: Path, rates: list[Rate]) -> None:
    """Note what the processes hold and how the cameras are doing, until cancelled."""
    while True:
        await asyncio.to_thread(family.look)
        rates += await asyncio.to_thread(rates_now, database)
        await asyncio.sleep(LOOK_SECONDS)


def rates_now(database: Path) -> list[Rate]:
    """How each camera is doing, as the worker wrote it down last."""
    query = "SELECT name, fps, lag_ms FROM camera_states JOIN cameras ON cameras.id = camera_id WHERE state = 'running'"
    with suppress(sqlite3.Error), sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=1) as connection:
        return [Rate(time.time(), name, fps, lag or 0.0) for name, fps, lag in connection.execute(query)]
    return []


@contextmanager
def volume(folder: Path) -> Iterator[Path | None]:
    """A disk of our own, of 64 MB, where one can be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def waiting_assistant(url: str, simulator: Simulator) -> None:
    """Anna, who waits and never presses anything."""
    database = Database(url)
    await database.upgrade()
    async with database.session() as session:
        anna = await staff.add(session, "Anna", "assistant", telegram_id=ANNA)
        await staff.login(session, telegram_id=ANNA, username=None, chat_id=ANNA)
        await staff.set_status(session, anna.id, "waiting")
    await database.close()
    await simulator.say(ANNA, "/start")


def visitors_of(film: Path, folder: Path) -> list[Span]:
    """When each visitor of the film is in view, as a replay sees them."""
    command = [sys.executable, "-m", "amiko", "replay", str(film), "--json", "-", "--db", f"sqlite:///{folder}/film.db"]
    done = subprocess.run(command, cwd=folder, env=environment(), check=True, stdout=subprocess.PIPE, text=True)
    lines = map(json.loads, done.stdout.splitlines())
    return [Span(line["first_seen"], line["last_seen"]) for line in lines]


def environment(**more: str) -> dict[str, str]:
    """Of amiko's processes: no setting from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AMIKO_")}
    return kept | more


@asynccontextmanager
async def running(folder: Path, url: str, log: Path, simulator: Simulator) -> AsyncIterator[Process]:
    """`amiko run`, ended with the block."""
    settings = environment(
        AMIKO_TELEGRAM__TOKEN=simulator.token,
        AMIKO_TELEGRAM__BASE_URL=simulator.base_url,
        AMIKO_TELEGRAM__BASE_FILE_URL=simulator.base_file_url,
        AMIKO_API__PORT="0",
    )
    command = [sys.executable, "-m", "amiko", "run", "--db", url]
    with log.open("w") as errors:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=settings, stdout=errors, stderr=errors)
    try:
        yield process
    finally:
        process.terminate()
        try:
            async with asyncio.timeout(30):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def soak(options: argparse.Namespace, folder: Path, stack: ExitStack) -> list[str]:
    """Run everything and print what came of it; returns the goals that were missed."""
    make_clip(folder / "clip.mp4")
    film = as_film(folder / "clip.mp4", folder / "film.mp4", "-r", str(FPS))
    small = as_film(film, folder / "small.mp4", "-vf", "scale=960:540")
    visitors = visitors_of(film, folder)
    period = imageio_ffmpeg.count_frames_and_secs(str(film))[1]
    cameras = {"web": FilmCamera("mjpeg", film), "rtsp": FilmCamera("rtsp", film)}
    for camera in cameras.values():
        camera.start()
        stack.callback(camera.kill)
    disk = stack.enter_context(volume(folder / "disk"))
    if disk is None:
        print("no disk can be mounted here, so that it is never full")
    url = f"sqlite+aiosqlite:///{folder}/disk/amiko.db"
    config = {"cameras": [{"name": name, "url": camera.url} for name, camera in cameras.items()]}
    config["worker"] = {"stall_seconds": 5}
    (folder / "config.yaml").write_text(json.dumps(config))
    log = folder / "log"
    async with Simulator([Person(ANNA, "Anna")]) as simulator:
        await waiting_assistant(url, simulator)
        async with running(folder, url, log, simulator) as process:
            family = Family(process.pid)
            shop = Shop(cameras, small, family, folder / "disk" / "amiko.db", disk)
            run = Soak(shop, log, random.Random(options.seed))
            looking = asyncio.create_task(look_at(family, shop.database, run.rates))
            try:
                watched = await run.run(options.minutes * 60)
                await asyncio.sleep(TELLING_SECONDS)
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
            before = family.descendants()
        left = [pid for pid in before if is_alive(pid)]
    if options.log:
        shutil.copy(log, options.log)
    missed = [f"{len(left)} processes are left after the end"] if left else []
    if process.returncode != 0:
        missed.append(f"amiko run ended with {process.returncode}")
    missed += _tell_faults(run)
    missed += _tell_visits(run, log.read_text(), visitors, period, watched)
    missed += _tell_processes(family, min(300.0, options.minutes * 15))
    return missed


def _tell_faults(run: Soak) -> list[str]:
    print(f"\n{len(run.broken)} faults, and what was said of each")
    for broken in run.broken:
        print(f"  {broken.fault.name}: {len(broken.said)} lines, well again after {broken.seconds:.0f} s")
        for line in broken.said[:3]:
            print(f"      {line[:200]}")
    return [f"{b.fault.name}: not well again" for b in run.broken if b.seconds > RECOVERY_SECONDS]


def _tell_visits(run: Soak, log: str, visitors: list[Span], period: float, watched: Span) -> list[str]:
    decided = set(DECIDED.findall(log))
    with sqlite3.connect(run.shop.database, timeout=10) as connection:
        rows = connection.execute(
            "SELECT visits.id, name, first_seen, decided_at FROM visits JOIN cameras ON cameras.id = camera_id"
        ).fetchall()
        told = {visit for (visit,) in connection.execute("SELECT visit_id FROM deliveries WHERE state = 'sent'")}
    written = {visit for visit, *_ in rows}
    print(f"\n{len(decided)} visits decided, {len(written)} written, {len(told)} told to the assistant who waits")
    missed = [f"{len(decided - written)} decided visits are not written"] if decided - written else []
    # Those who are in view when the shop ends are decided then, and told at its next start.
    untold = [visit for visit, _, _, at in rows if visit not in told and instant(at) < watched.end]
    missed += [f"{len(untold)} visits were not told"] if untold else []
    for name in run.shop.cameras:
        touched = [broken.span for broken in run.broken if name in broken.fault.cameras]
        seen = [instant(first_seen) for _, camera, first_seen, _ in rows if camera == name]
        result: Count = count(visitors, period, watched, touched, seen)
        print(
            f"  camera {name}: {result.expected} visitors whom no fault touched, {len(result.lost)} of them lost, "
            f"{len(result.doubled)} twice; {result.disturbed} touched by a fault; {len(result.nobody)} visits of nobody"
        )
        rates = [rate for rate in run.rates if rate.camera == name]
        fps = sorted(rate.fps for rate in rates)
        print(
            f"      frames/s analysed: median {fps[len(fps) // 2]:.1f}, a tenth of the time below "
            f"{fps[len(fps) // 10]:.1f}; largest lag seen {max(rate.lag_ms for rate in rates):.0f} ms"
        )
        for what in ("lost", "doubled", "nobody"):
            for at in getattr(result, what):
                least = min((rate.fps for rate in rates if at - 2 <= rate.at <= at + 8), default=0.0)
                print(f"      {what} at {datetime.fromtimestamp(at):%H:%M:%S}, with {least:.1f} frames/s at the least")
        if result.lost or result.doubled or result.nobody:
            missed.append(f"camera {name} miscounted")
    if tracebacks := log.count("Traceback"):
        missed.append(f"{tracebacks} tracebacks")
    return missed


def instant(stored: str) -> float:
    """Seconds of the clock, from a time as SQLite has it."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC).timestamp()


def _tell_processes(family: Family, warm_up: float) -> list[str]:
    missed = [f"{len(family.zombies)} zombies"] if family.zombies else []
    print(f"\nthe longest life of each process, after {warm_up:.0f} s of warm-up; {len(family.zombies)} zombies")
    for life in family.lives(warm_up):
        missed += _tell_life(life, family)
    return missed


def _tell_life(life: Life, family: Family) -> list[str]:
    course = " ".join(f"{mb:.0f}" for mb in family.course(life.role))
    print(
        f"  {life.role:8} {life.seconds:5.0f} s  {life.rss_mb:6.1f} MB, later {life.later_mb:6.1f} "
        f"({life.growth:+.1%}, goal +5 %)  files {life.files}, later {life.later_files}"
    )
    print(f"           MB over time: {course}")
    missed = [f"the memory of {life.role} grew by {life.growth:.1%}"] if life.growth >= GROWTH else []
    if life.later_files > life.files + FILES:
        missed.append(f"{life.role} has {life.later_files - life.files} more files open")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="keep the shop's log in this file")
    options = parser.parse_args()
    print(f"{os.cpu_count()} CPU cores, load {os.getloadavg()[0]:.1f} before the start; seed {options.seed}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        missed = asyncio.run(soak(options, Path(folder), stack))
    print("\n" + ("\n".join(f"MISSED: {goal}" for goal in missed) if missed else "every goal is met"))
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
