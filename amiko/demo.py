"""The demo: a clip through the worker, the database and the bot into the chats of two waiting assistants.

Telegram is played by the local Bot API server, the bot is the real one in a process of its own, and Anna, Boris and
Vera do what people do: they log in, and the assistants begin to wait.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from amiko import assemble
from amiko.clip import make_clip
from amiko.config import Camera, Config
from amiko.config_file import with_database
from amiko.errors import AmikoError
from amiko.supervisor import end, start
from bot.simulator.server import PEOPLE, Simulator
from db import age_checks, staff
from db.engine import Database
from db.models import Role
from db.visits import Told, told
from vision.runtime import TraitNetworks
from worker.recorder import Recorder
from worker.replay import Replay
from worker.video_file import open_file

PORT = 8081
"""Where the chat page is, if the port is free."""

ENTRANCE = "entrance"
"""What the demo's camera is called on the cards."""

CLIP = Path("data/demo/clip-1.mp4")
BOT_SECONDS = 60.0
"""Time for the bot's process to start and answer."""

CARD_SECONDS = 20.0
"""Time for the last card to arrive after the clip has ended."""

console = Console()


class Demo:
    """One run of the demo.

    Args:
        config: its vision, worker, routing, bot and privacy sections are used.
        config_file: where it came from, for the bot's process.
        video: footage to replay instead of the drawn clip.
        camera: which of the configured cameras it is played as; an entrance without it.
    """

    def __init__(self, config: Config, config_file: Path | None, video: Path | None, camera: str | None = None) -> None:
        self._config = config
        self._config_file = config_file
        self._video = video
        self._camera = camera

    async def run(self, *, once: bool) -> bool:
        """Play the demo; without `once`, go on serving the chat page until Ctrl-C.

        Returns:
            Whether there was a visitor and every card arrived.

        Raises:
            SourceError: the footage cannot be read.
            AmikoError: the bot does not answer.
        """
        if self._video is not None:
            open_file(self._video)[0].release()
        camera = Camera(name=ENTRANCE, url=str(CLIP))  # its url is not opened
        if self._camera is not None:
            camera = assemble.camera_for(self._config, self._camera, CLIP)
        async with AsyncExitStack() as stack:
            simulator = await _simulator(stack)
            console.print(
                f"Amiko replays {escape(str(self._video or 'a clip of two visitors'))} and tells two assistants, "
                f"Anna and Boris; their chats: [bold]{simulator.url}[/bold]",
                soft_wrap=True,
            )
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amiko-demo-")))
            config = with_database(self._config, f"sqlite+aiosqlite:///{folder / 'amiko.db'}")
            database = await assemble.database(config)
            stack.push_async_callback(database.close)
            await self._start_bot(stack, simulator, config, database)
            with Progress(
                TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), console=console
            ) as progress:
                shown = _Shown(progress)
                video = self._video if self._video is not None else await asyncio.to_thread(_drawn_clip, shown)
                networks = await asyncio.to_thread(assemble.networks, config)
                await _log_in(simulator, shown)
                await _play(video, camera, config, networks, database, shown)
                visits, checks = await _all_arrived(database, shown)
            console.print(_table(visits, ZoneInfo(config.store.timezone)))
            arrived = bool(visits) and all(map(_arrived, visits)) and all(state == "sent" for state in checks)
            console.print(_verdict(visits, len(checks), arrived))
            if not once:
                console.print(f"Open {simulator.url} and press the buttons on the cards. Ctrl-C ends the demo.")
                with suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
            return arrived

    async def _start_bot(self, stack: AsyncExitStack, simulator: Simulator, config: Config, database: Database) -> None:
        async with database.session() as session:
            for person in PEOPLE:
                role: Role = "manager" if person.role == "manager" else "assistant"
                await staff.add(session, person.first_name, role, telegram_id=person.id)
        environment = os.environ | {
            "AMIKO_TELEGRAM__TOKEN": simulator.token,
            "AMIKO_TELEGRAM__BASE_URL": simulator.base_url,
            "AMIKO_TELEGRAM__BASE_FILE_URL": simulator.base_file_url,
            "AMIKO_LOG__LEVEL": "WARNING",
        }
        options = ["--config", str(self._config_file)] if self._config_file else []
        child = await start(["bot", *options, "--db", config.database.url], environment)
        stack.push_async_callback(end, child)


class _Shown:
    """The demo's progress bars."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def set(self, name: str, done: float, total: float) -> None:
        """Show that `done` of `total` are done."""
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name)
        self._progress.update(self._bars[name], completed=round(done), total=round(total))


async def _simulator(stack: AsyncExitStack) -> Simulator:
    try:
        return await stack.enter_async_context(Simulator(port=PORT))
    except OSError:
        return await stack.enter_async_context(Simulator())


def _drawn_clip(shown: _Shown) -> Path:
    """The drawn clip, made at the first run."""
    if not CLIP.exists():
        shown.set("clip drawn", 0, 1)
        make_clip(CLIP)
        shown.set("clip drawn", 1, 1)
    return CLIP


async def _log_in(simulator: Simulator, shown: _Shown) -> None:
    """Everybody logs in, and the assistants press the first button of their keyboard: waiting."""
    for done, person in enumerate(PEOPLE):
        shown.set("people logged in", done, len(PEOPLE))
        await _say(simulator, person.id, "/login")
        if person.role == "assistant":
            await _say(simulator, person.id, simulator.keyboard(person.id)[0])
    shown.set("people logged in", len(PEOPLE), len(PEOPLE))


async def _say(simulator: Simulator, person_id: int, text: str) -> None:
    """Write to the bot, and wait for its answer."""

    def answers() -> int:
        return sum(message.from_bot for message in simulator.messages(person_id))

    before = answers()
    await simulator.say(person_id, text)
    try:
        await simulator.wait_for(person_id, lambda _: answers() > before, BOT_SECONDS)
    except TimeoutError:
        raise AmikoError("the bot does not answer; if it said why, that stands above") from None


async def _play(
    video: Path, camera: Camera, config: Config, networks: TraitNetworks, database: Database, shown: _Shown
) -> None:
    """The file through the worker's pipeline at its own pace, its visits told as a camera's."""
    capture, file = open_file(video)
    capture.release()
    started = datetime.now(UTC)
    replay = Replay(
        video,
        camera,
        config,
        config.routing.as_departments(),
        networks,
        started.isoformat(),
    )
    recorder = Recorder(database, "camera", assemble.offer(config), config.store.name)
    steps = replay.steps(realtime=True)
    while (step := await asyncio.to_thread(next, steps, None)) is not None:
        for event in step.events:
            if event.kind != "new":
                await recorder.write(event, lambda at: started + timedelta(seconds=at))
        if step.frame is not None:
            shown.set("seconds of footage", step.frame.at, max(file.seconds, step.frame.at))
        if step.events:
            await _show_cards(database, shown)
        if step.warning:
            console.print(step.warning, markup=False)
    shown.set("seconds of footage", file.seconds, file.seconds)


async def _show_cards(database: Database, shown: _Shown) -> list[Told]:
    async with database.reading() as session:
        visits = await told(session)
    receipts = [receipt for visit in visits for receipt in visit.receipts]
    shown.set("cards arrived", sum(receipt.state == "sent" for receipt in receipts), len(receipts))
    return visits


async def _all_arrived(database: Database, shown: _Shown) -> tuple[list[Told], list[str]]:
    """Wait until no card and no age check is under way any more, or too long; the visits, and each check's state."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + CARD_SECONDS
    while True:
        visits = await _show_cards(database, shown)
        async with database.reading() as session:
            checks = await age_checks.states(session)
        pending = "pending" in checks or any(receipt.state == "pending" for v in visits for receipt in v.receipts)
        if not pending or loop.time() > give_up:
            return visits, checks
        await asyncio.sleep(0.1)


def _arrived(visit: Told) -> bool:
    """Whether somebody was told, and everybody who should be; at a till there is no card."""
    if visit.state == "recorded":
        return True
    return bool(visit.receipts) and all(receipt.state == "sent" for receipt in visit.receipts)


def _table(visits: list[Told], zone: ZoneInfo) -> Table:
    table = Table("when", "age", "gender", "attire", "department", "told", "after", title="Visitors")
    for visit in visits:
        table.add_row(
            f"{visit.first_seen.astimezone(zone):%H:%M:%S}",
            visit.age_band or "-",
            visit.gender,
            ", ".join(visit.attire_labels) or "-",
            f"{visit.department} ({visit.department_p:.0%})",
            "\n".join(receipt.name for receipt in visit.receipts) or ("-" if visit.state == "recorded" else "nobody"),
            "\n".join(receipt.state if receipt.ms is None else f"{receipt.ms:.0f} ms" for receipt in visit.receipts),
        )
    return table


def _verdict(visits: list[Told], checks: int, arrived: bool) -> str:
    if not visits:
        return "Nobody was seen: a face must be large enough, and in view for a few frames."
    cards = sum(len(visit.receipts) for visit in visits)
    sent = f"{cards} cards" + (f", {checks} messages to ask for ID" if checks else "")
    return f"{len(visits)} visitors, {sent}, " + ("every one arrived." if arrived else "not every one arrived.")
