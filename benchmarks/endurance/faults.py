"""The faults of a soak: each breaks one thing of a running shop, mends what a person would mend, and names itself."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endurance.film_camera import FilmCamera
from benchmarks.endurance.processes import Family

Act = Callable[["Shop", random.Random], Awaitable[None]]


@dataclass(frozen=True, eq=False)
class Shop:
    """What can be broken.

    Attributes:
        cameras: by their name.
        small: a film of another size, which a camera that is started again may play.
        family: the processes of `amiko run`.
        database: the SQLite file.
        disk: the volume that it is on, where that is one of our own.
    """

    cameras: dict[str, FilmCamera]
    small: Path
    family: Family
    database: Path
    disk: Path | None


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: in a few words.
        cameras: those that see less for it, by name.
        act: breaks and mends.
        restarts: whether it ends a process that should else live through the whole soak.
    """

    name: str
    cameras: tuple[str, ...]
    act: Act
    restarts: bool = False


def faults_of(shop: Shop) -> list[Fault]:
    """Every fault that this shop can have."""
    found = []
    for name, camera in shop.cameras.items():
        found += [
            Fault(f"camera {name} freezes", (name,), _freeze(name)),
            Fault(f"camera {name} is switched off and on", (name,), _switch(name)),
            Fault(f"camera {name} loses its connection", (name,), _simply(camera.cut)),
            Fault(f"camera {name} sends damaged data", (name,), _damage(name)),
            Fault(f"camera {name} changes its resolution", (name,), _resize(name)),
        ]
    everywhere = tuple(shop.cameras)
    found += [
        Fault("a capture process is killed", everywhere, _signal("capture", signal.SIGKILL)),
        Fault("a capture process is stopped", everywhere, _signal("capture", signal.SIGSTOP)),
        Fault("the database is locked", (), _lock),
        Fault("the worker is killed", everywhere, _signal("worker", signal.SIGKILL), restarts=True),
        Fault("the bot is killed", (), _signal("bot", signal.SIGKILL), restarts=True),
        Fault("the API is killed", (), _signal("api", signal.SIGKILL), restarts=True),
    ]
    if shop.disk is not None:
        found.append(Fault("the disk is full", (), _fill))
    return found


def _simply(act: Callable[[], None]) -> Act:
    async def simply(shop: Shop, dice: random.Random) -> None:
        await asyncio.to_thread(act)

    return simply


def _freeze(name: str) -> Act:
    async def freeze(shop: Shop, dice: random.Random) -> None:
        shop.cameras[name].freeze()
        await asyncio.sleep(dice.uniform(2, 20))
        shop.cameras[name].thaw()

    return freeze


def _switch(name: str) -> Act:
    async def switch(shop: Shop, dice: random.Random) -> None:
        shop.cameras[name].kill()
        await asyncio.sleep(dice.uniform(1, 10))
        await asyncio.to_thread(shop.cameras[name].start)

    return switch


def _damage(name: str) -> Act:
    async def damage(shop: Shop, dice: random.Random) -> None:
        await asyncio.to_thread(shop.cameras[name].damage)
        await asyncio.sleep(3)

    return damage


def _resize(name: str) -> Act:
    """In mid-stream where that can be; else the camera is away for a moment, and comes back with another size."""

    async def resize(shop: Shop, dice: random.Random) -> None:
        camera = shop.cameras[name]
        if camera.kind == "mjpeg":
            await asyncio.to_thread(camera.grow, 6)
            await asyncio.sleep(7)
            return
        for film in (shop.small, None):
            camera.kill()
            await asyncio.to_thread(camera.start, film)
            await asyncio.sleep(8)

    return resize


def _signal(role: str, number: signal.Signals) -> Act:
    async def send(shop: Shop, dice: random.Random) -> None:
        if found := shop.family.of_role(role):
            with suppress(ProcessLookupError):
                os.kill(dice.choice(sorted(found)), number)

    return send


async def _lock(shop: Shop, dice: random.Random) -> None:
    with closing(sqlite3.connect(shop.database, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(dice.uniform(3, 25))
        connection.execute("ROLLBACK")


async def _fill(shop: Shop, dice: random.Random) -> None:
    assert shop.disk is not None
    ballast = shop.disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(65536))
    await asyncio.sleep(dice.uniform(5, 25))
    ballast.unlink()


def dealt(faults: Sequence[Fault], dice: random.Random) -> list[Fault]:
    """Every fault once, in a random order."""
    return dice.sample(list(faults), len(faults))
