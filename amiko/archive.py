"""`amiko replay` of archives: many recordings at once, stored as they are done, told in the order of their names."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO
from zoneinfo import ZoneInfo

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from amiko import assemble
from amiko.config import Camera, Config
from amiko.lines import errors, open_lines, say, write_line

if TYPE_CHECKING:
    from worker.archive.analysis import Analysis
    from worker.archive.engine import Broken, Engine
    from worker.archive.listing import Recording
    from worker.recorder import Recorder
    from worker.visit import Visit

EngineName = Literal["local", "ray"]

LOOK_SECONDS = 0.5
"""Between two looks at how far the files under way are."""


@dataclass(frozen=True)
class Wishes:
    """What the user asked of an archive.

    Attributes:
        engine: where it is analysed.
        jobs: files at once, None for as many as there are cores.
        address: of the Ray cluster, None for one of our own.
        camera: what all files are of; None for the camera that their folder is called.
        json_to: where visit lines go, or None for a table.
        events_to: where a line for each event goes, or None.
    """

    engine: EngineName = "local"
    jobs: int | None = None
    address: str | None = None
    camera: str | None = None
    json_to: Path | None = None
    events_to: Path | None = None


@dataclass
class Outcome:
    """What came of it: the visits in the order of the files' names, and the names of the files that gave nothing."""

    visits: list[Visit] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


async def replay_archive(paths: Sequence[Path], config: Config, wishes: Wishes) -> Outcome:
    """Replay the recordings in folders, and files; what is done is kept, however this ends.

    Raises:
        SourceError: a folder cannot be read or holds no video, or a file is not there.
        AmikoError: no camera is called as wished, or the lines cannot be written.
        EngineError, WeightsError, DatabaseError: nothing can be analysed, or stored.
    """
    from worker.archive.engine import Task, analyse_all
    from worker.recorder import Recorder

    films = _films(paths, config, wishes.camera)
    assemble.warn_of_terms(config)
    # A camera's address may hold a password, and tasks travel to other machines.
    tasks = [Task(film.path, film.name, camera.model_copy(update={"url": film.name})) for film, camera in films]
    with ExitStack() as stack:
        lines = open_lines(stack, "--json", wishes.json_to)
        journal = open_lines(stack, "--events", wishes.events_to)
        # Ray prints of its own accord, when a worker dies for one; standard output is for the lines alone.
        stack.enter_context(redirect_stdout(sys.stderr))
        engine = _engine(config, wishes, len(tasks))
        try:
            await engine.start(tasks)
            database = await assemble.database(config)
            recorder = Recorder(database, "replay", None, config.store.name)
            archive = _Archive([film for film, _ in films], recorder, ZoneInfo(config.store.timezone), lines, journal)
            try:
                await assemble.settle(config, database)
                async with _bar(archive, engine):
                    await analyse_all(engine, tasks, archive.done, say)
            finally:
                archive.end()
                await database.close()
        finally:
            await engine.close()
    return archive.outcome


def _films(paths: Sequence[Path], config: Config, camera: str | None) -> list[tuple[Recording, Camera]]:
    """Every recording with the camera it is of."""
    from worker.archive.listing import recording, recordings

    found: list[tuple[Recording, Camera]] = []
    for path in paths:
        if not path.is_dir():
            of = assemble.camera_for(config, camera, path)
            found.append((recording(path, of.name), of))
            continue
        found += [(film, _camera(film.camera, config, camera)) for film in recordings(path)]
    unknown = {of.name for _, of in found} - {of.name for of in config.cameras}
    if config.cameras and unknown:
        say(f"no camera of the configuration is called {', '.join(sorted(unknown))}: there, the whole frame counts")
    return found


def _camera(folder: str, config: Config, name: str | None) -> Camera:
    """The camera of a folder: the one that the user named, else the configured one called so, else the whole frame."""
    if name is not None:
        return assemble.camera_for(config, name, Path(folder))
    configured = (camera for camera in config.cameras if camera.name == folder)
    return next(configured, None) or Camera(name=folder[:64], url="recordings")


def _engine(config: Config, wishes: Wishes, files: int) -> Engine:
    if wishes.engine == "ray":
        from worker.archive.on_ray import RayEngine

        return RayEngine(config, wishes.jobs, wishes.address)
    from worker.archive.local import LocalEngine, cores

    return LocalEngine(config, min(wishes.jobs or cores(), files))


class _Archive:
    """What is known of each recording: stored at once, told in the order of their names.

    Attributes:
        outcome: of those that were told.
        films: all of them.
        finished: numbers of those that are done.
    """

    def __init__(
        self,
        films: Sequence[Recording],
        recorder: Recorder,
        zone: ZoneInfo,
        lines: TextIO | None,
        journal: TextIO | None,
    ) -> None:
        self.outcome = Outcome()
        self.films = films
        self.finished: set[int] = set()
        self._recorder = recorder
        self._zone = zone
        self._lines = lines
        self._journal = journal
        self._untold: dict[int, Analysis] = {}
        self._next = 0
        self._seconds = 0.0
        self._known = 0

    async def done(self, number: int, result: Analysis | Broken) -> None:
        """Take what came of one recording."""
        from worker.archive.engine import Broken

        if isinstance(result, Broken):
            say(result.sentence)
            self.outcome.broken.append(self.films[number].name)
        else:
            if result.warning is not None:
                say(result.warning)
            await self._store(self.films[number], result)
            self._untold[number] = result
            self._seconds += result.seconds
        self.finished.add(number)
        while self._next in self.finished:
            self._tell(self._next)
            self._next += 1

    def end(self) -> None:
        """Tell what waits for a recording that is not done, should there be one, and sum up."""
        for number in sorted(self._untold):
            self._tell(number)
        files, done = len(self.films), len(self.finished)
        if done < files:
            say(f"stopped: {done} of {files} recordings are done and stored; run the same again for the others")
        cameras = len({self.films[number].camera for number in self.finished})
        say(
            f"{done} recordings of {cameras} cameras, {self._seconds / 3600:.2f} h: {len(self.outcome.visits)} visits; "
            f"{self._known} were in the database already, and stay as they are"
        )
        if self.outcome.broken:
            broken = sorted(self.outcome.broken)
            say(f"{len(broken)} of {files} recordings gave nothing: {', '.join(broken)}")

    async def _store(self, film: Recording, analysis: Analysis) -> None:
        began = film.began(self._zone, analysis.seconds)
        for event in analysis.events:
            if event.kind != "new":
                new = await self._recorder.write(event, lambda at: began + timedelta(seconds=at))
                self._known += not new

    def _tell(self, number: int) -> None:
        analysis = self._untold.pop(number, None)
        for event in analysis.events if analysis else ():
            file = {"file": self.films[number].name}
            write_line(self._journal, file | event.as_json())
            if event.kind == "ended":
                self.outcome.visits.append(event.visit)
                write_line(self._lines, file | event.visit.as_json())


@asynccontextmanager
async def _bar(archive: _Archive, engine: Engine) -> AsyncIterator[None]:
    """One bar for all recordings, by their bytes, on standard error where that is a terminal."""
    films = archive.films
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=not errors.is_terminal,
        transient=True,
    ) as progress:
        bar = progress.add_task("", total=sum(film.size for film in films))

        async def look() -> None:
            while True:
                shares = engine.shares()
                done = sum(films[number].size for number in archive.finished)
                under_way = sum(film.size * shares[film.path] for film in films if film.path in shares)
                description = f"{len(archive.finished)} of {len(films)} recordings"
                progress.update(bar, completed=done + under_way, description=description)
                await asyncio.sleep(LOOK_SECONDS)

        looking = asyncio.create_task(look())
        try:
            yield
        finally:
            looking.cancel()
