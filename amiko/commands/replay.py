"""`amiko replay`: video files through exactly the worker's pipeline."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from amiko import archive, assemble
from amiko.config import Config
from amiko.config_file import load, with_database
from amiko.lines import errors, open_lines, say, write_line
from amiko.logs import set_up_logging
from amiko.options import ConfigOption, DatabaseOption
from amiko.table import visits_table

if TYPE_CHECKING:
    from db.engine import Database
    from vision.runtime import TraitNetworks
    from worker.report.folder import ReportFolder
    from worker.visit import Visit


@dataclass(frozen=True)
class Wishes:
    """What the user asked of a replay.

    Attributes:
        camera: the camera whose name, zone, masks and rotation to use.
        json_to: where visit lines go, or None for a table.
        events_to: where a line for each event goes, or None.
        annotate: the MP4 to draw into, or None.
        report: the folder for one HTML page a clip, or None.
        realtime: play at the file's own pace.
        notify: tell assistants, as if a camera had seen it.
    """

    camera: str | None = None
    json_to: Path | None = None
    events_to: Path | None = None
    annotate: Path | None = None
    report: Path | None = None
    realtime: bool = False
    notify: bool = False


@dataclass
class Outcome:
    """What came of it: visits by file, and whether any file gave nothing."""

    visits: list[Visit] = field(default_factory=list)
    failed: bool = False


def replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE|DIR...", help="Video files, and folders of them.")],
    camera: Annotated[str | None, typer.Option(help="Use this camera's name, zone, masks and rotation.")] = None,
    json_to: Annotated[
        Path | None, typer.Option("--json", metavar="OUT.jsonl|-", help="Write a JSON line per visit; - prints them.")
    ] = None,
    events_to: Annotated[
        Path | None,
        typer.Option(
            "--events", metavar="OUT.jsonl|-", help="Write a JSON line when a visitor is new, decided, seen, or ended."
        ),
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(metavar="OUT.mp4", help="Draw what the worker sees; for one file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write an HTML page per file: who was seen, and why so decided.")
    ] = None,
    realtime: Annotated[bool, typer.Option("--realtime", help="At the file's own pace.")] = False,
    notify: Annotated[
        bool, typer.Option("--notify", help="Tell waiting assistants, as if a camera had seen it.")
    ] = False,
    engine: Annotated[
        archive.EngineName, typer.Option(help="Analyse an archive in processes of this machine, or on a Ray cluster.")
    ] = "local",
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Files at once; for a DIR, one a core unless told otherwise.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT|auto", help="The Ray cluster; without it, one starts on this machine."),
    ] = None,
    config: ConfigOption = None,
    db: DatabaseOption = None,
) -> None:
    """Replay video files: who came in, and which department they most likely want.

    The same file with the same configuration gives the same lines. Visits are stored, marked as replayed, and nobody
    is told unless --notify. A DIR is an archive: its sub-folders are cameras, and several files are analysed at once.
    """
    if annotate is not None and len(files) > 1:
        raise typer.BadParameter("draws one video, so name one FILE only", param_hint="--annotate")
    if address is not None and engine != "ray":
        raise typer.BadParameter("names a Ray cluster, so say --engine ray as well", param_hint="--address")
    loaded = with_database(load(config), db)
    set_up_logging(loaded.log.level, loaded.log.format)
    if engine == "ray" or jobs is not None or any(path.is_dir() for path in files):
        if annotate or report or realtime or notify:
            raise typer.BadParameter(
                "--annotate, --report, --realtime and --notify are for FILEs that are replayed one after the other: "
                "without DIR, --jobs and --engine ray"
            )
        wanted = archive.Wishes(engine, jobs, address, camera, json_to, events_to)
        found = asyncio.run(archive.replay_archive(files, loaded, wanted))
        _show(found.visits, table=json_to is None, failed=bool(found.broken))
        return
    outcome = asyncio.run(
        _replay(files, loaded, Wishes(camera, json_to, events_to, annotate, report, realtime, notify))
    )
    _show(outcome.visits, table=json_to is None, failed=outcome.failed)


def _show(visits: list[Visit], *, table: bool, failed: bool) -> None:
    """Print the visits where no lines were, and end as it went."""
    if table and visits:
        Console().print(visits_table(visits))
    if failed:
        raise typer.Exit(1)


async def _replay(files: list[Path], config: Config, wishes: Wishes) -> Outcome:
    from worker.errors import SourceError
    from worker.video_file import open_file

    outcome = Outcome()
    readable = []
    for path in files:
        try:
            capture, _ = open_file(path)
            capture.release()
            readable.append(path)
        except SourceError as error:
            say(str(error))
            outcome.failed = True
    if not readable:
        return outcome
    report = _open_report(wishes.report)
    networks = assemble.networks(config)
    database = await assemble.database(config)
    try:
        await assemble.settle(config, database)
        with ExitStack() as stack:
            lines = open_lines(stack, "--json", wishes.json_to)
            journal = open_lines(stack, "--events", wishes.events_to)
            for path in readable:
                try:
                    await _replay_one(path, config, wishes, networks, database, (lines, journal), report, outcome)
                except SourceError as error:
                    say(str(error))
                    outcome.failed = True
            if report is not None:
                report.finish(config)
    finally:
        await database.close()
    return outcome


async def _replay_one(
    path: Path,
    config: Config,
    wishes: Wishes,
    networks: TraitNetworks,
    database: Database,
    written: tuple[TextIO | None, TextIO | None],
    report: ReportFolder | None,
    outcome: Outcome,
) -> None:
    from worker.annotate import AnnotatedVideo
    from worker.recorder import Recorder
    from worker.replay import Replay
    from worker.report.evidence import Evidence
    from worker.report.page import Clip
    from worker.video_file import open_file

    lines, journal = written
    capture, file = open_file(path)
    capture.release()
    started = datetime.now(UTC)
    camera = assemble.camera_for(config, wishes.camera, path)
    run = started.isoformat() if wishes.notify else ""
    job = Replay(path, camera, config, config.routing.as_departments(), networks, run)
    if wishes.notify:
        recorder = Recorder(database, "camera", assemble.offer(config), config.store.name)
    else:
        recorder = Recorder(database, "replay", None, config.store.name)
    evidence = Evidence(camera, config, job.pipeline) if report else None
    before, seen_before, warning = len(outcome.visits), 0, None
    with ExitStack() as stack:
        video = stack.enter_context(AnnotatedVideo(wishes.annotate, config.fps_of(camera))) if wishes.annotate else None
        progress = stack.enter_context(_progress())
        bar = progress.add_task(path.name, total=file.seconds or None)
        for step in job.steps(realtime=wishes.realtime):
            for event in step.events:
                write_line(journal, event.as_json())
                if event.kind == "new":
                    continue
                new = await recorder.write(event, lambda at: started + timedelta(seconds=at))
                seen_before += not new
                if event.kind == "ended":
                    outcome.visits.append(event.visit)
                    write_line(lines, event.visit.as_json())
            if step.frame is not None:
                progress.update(bar, completed=step.frame.at)
                if video is not None:
                    video.add(step.frame, job.pipeline)
            if evidence is not None:
                evidence.add(step.frame, step.events)
            if step.warning:
                warning = step.warning
                say(warning)
        progress.update(bar, completed=file.seconds)
    if report is not None and evidence is not None:
        report.add(Clip(path.name, file.seconds, networks.backend, networks.attire_thresholds, warning), evidence)
    if len(outcome.visits) == before:
        say(
            f"{path}: no visitor in {job.pipeline.analysed} frames; a face must be {config.vision.min_face} px wide, "
            f"inside the zone, and seen {config.worker.min_seen} times in a row"
        )
    if seen_before:
        say(f"{path}: {seen_before} of its visits were in the database already, and stay as they are")


def _progress() -> Progress:
    """A bar on standard error, where that is a terminal."""
    return Progress(
        TextColumn("{task.description}", markup=False),  # the name of a file
        BarColumn(),
        TextColumn("{task.completed:.1f} s"),
        TimeRemainingColumn(),
        console=errors,
        disable=not errors.is_terminal,
        transient=True,
    )


def _open_report(folder: Path | None) -> ReportFolder | None:
    from worker.report.folder import ReportFolder

    return None if folder is None else ReportFolder(folder)
