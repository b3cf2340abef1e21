"""A camera that freezes, breaks, dies or changes comes back by itself; its feed always shows the present."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from amiko.config import Config
from tests.worker.cameras import NetworkCamera, alive, captures, command, network_camera, open_files, until
from worker import feed as feeds
from worker.feed import Feed
from worker.pulse import Pulse
from worker.shared_frame import Shot

RED, GREEN, BLUE, WHITE = "red", "green", "blue", "white"


@pytest.fixture(scope="module")
def server() -> Iterator[NetworkCamera]:
    """One that no test breaks."""
    with network_camera() as camera:
        yield camera


@pytest.fixture
def breakable() -> Iterator[NetworkCamera]:
    with network_camera() as camera:
        yield camera


def feed_of(url: str | int, stall: float = 1.0, **camera: Any) -> Feed:
    config = Config.model_validate(
        {"cameras": [{"name": "door", "url": url, **camera}], "worker": {"stall_seconds": stall}}
    )
    return Feed(config.cameras[0], config, Pulse("door"))


@asynccontextmanager
async def kept(feed: Feed) -> AsyncIterator[Feed]:
    keeping = asyncio.create_task(feed.keep())
    try:
        yield feed
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def shot(feed: Feed, seconds: float = 60) -> Shot:
    """The next frame."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if await feed.fresh(0.5) and (frame := await feed.newest()):
            return frame
    raise AssertionError("no frame came")


def quarters(frame: Shot) -> list[str]:
    """The colours of the four quarters."""
    height, width = frame.image.shape[:2]
    names = {(0, 0, 1): RED, (0, 1, 0): GREEN, (1, 0, 0): BLUE, (1, 1, 1): WHITE, (0, 0, 0): "black"}
    seen = []
    for row in (1, 3):
        for column in (1, 3):
            blue, green, red = (int(value > 128) for value in frame.image[height * row // 4 + 9, width * column // 4])
            seen.append(names[blue, green, red])
    return seen


def only_capture() -> int:
    (pid,) = captures(os.getpid())
    return pid


async def test_frames_come_at_the_rate_of_the_camera_and_newest_only(server: NetworkCamera) -> None:
    async with kept(feed_of(server.url(), fps=5)) as feed:
        first = await shot(feed)
        await asyncio.sleep(2)
        late = await shot(feed)
        assert 3 <= late.number - first.number <= 14
        assert time.monotonic() - late.taken < 1.5
        assert await feed.newest() is None


async def test_a_frozen_camera_is_killed_and_opened_again(
    breakable: NetworkCamera, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with kept(feed_of(breakable.url())) as feed:
        await shot(feed)
        frozen = only_capture()
        breakable.freeze()
        while await feed.fresh(0.5):
            await feed.newest()
        await asyncio.sleep(1.5)
        assert not alive(frozen)
        breakable.thaw()
        await shot(feed)
        assert only_capture() != frozen
        assert feed._pulse.report().reconnects == 1
    assert (
        "camera door gave no frame for 1 s, so its capture process is killed; it is opened again in 1 s" in caplog.text
    )
    assert "camera door gives frames again" in caplog.text


async def test_a_killed_capture_is_started_again(server: NetworkCamera, caplog: pytest.LogCaptureFixture) -> None:
    async with kept(feed_of(server.url())) as feed:
        await shot(feed)
        os.kill(only_capture(), signal.SIGKILL)
        while await feed.fresh(0.5):
            await feed.newest()
        assert (await shot(feed)).image.shape == (480, 640, 3)
    assert "the capture process of camera door ended with -9; it is opened again in 1 s" in caplog.text


async def test_a_stopped_capture_is_killed(server: NetworkCamera) -> None:
    """As stuck as a process can be that the kernel still lets go of."""
    async with kept(feed_of(server.url())) as feed:
        await shot(feed)
        stuck = only_capture()
        os.kill(stuck, signal.SIGSTOP)
        await asyncio.sleep(2)
        assert not alive(stuck)
        await shot(feed)


BEGINS_STOPPED = """
import asyncio, os, signal
from amiko.config import Config
from worker.capture import Capture

async def main():
    config = Config.model_validate({"cameras": [{"name": "door", "url": "http://127.0.0.1:9/"}]})
    capture = await Capture.start(config.cameras[0], config)
    os.kill(capture.pid, signal.SIGSTOP)
    print(capture.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_capture_that_is_stopped_as_it_begins_does_not_outlive_its_parent() -> None:
    """Python itself has hardly started then, and nothing of ours has run."""
    parent = subprocess.Popen([sys.executable, "-c", BEGINS_STOPPED], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    stopped = int(parent.stdout.readline())
    until(lambda: state(stopped) == "T")
    parent.kill()
    parent.communicate()
    until(lambda: not alive(stopped), 5)


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def test_a_capture_that_dies_all_the_time_is_started_slowly(
    server: NetworkCamera, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "REOPEN_SECONDS", (0.01, 0.01, 0.01, 0.01, 0.01, 60))
    monkeypatch.setattr(feeds, "DEATHS_WITHIN_SECONDS", 3600.0)  # six starts on a busy machine may take a minute
    async with kept(feed_of(server.url(), stall=20)) as feed:
        for death in range(1, 7):
            await shot(feed, 60)
            os.kill(only_capture(), signal.SIGKILL)
            async with asyncio.timeout(60):
                while caplog.text.count("it is opened again in") < death:  # noqa: ASYNC110  # a log announces nothing
                    await asyncio.sleep(0.01)
        assert "camera door has failed: its capture process died 6 times within 3600 s" in caplog.text
        assert "it is opened again in 60 s" in caplog.text
        assert feed._pulse.report().state == "failed"
        await asyncio.sleep(1.5)
        assert captures(os.getpid()) == []


async def test_pauses_grow_until_a_frame_comes(
    breakable: NetworkCamera, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "REOPEN_SECONDS", (0.1, 0.2, 0.3))
    wishes = breakable.url("cut=3")
    async with kept(feed_of(wishes)) as feed:
        await shot(feed)
        breakable.freeze()
        # Opening fails after a second of silence, three times, then a frame comes.
        await asyncio.sleep(7)
        breakable.thaw()
        await shot(feed)
        await asyncio.sleep(1.5)
    pauses = [record.getMessage().rpartition(" in ")[2] for record in caplog.records]
    assert "0.3 s" in pauses
    assert "0.1 s" in pauses[pauses.index("0.3 s") :]


async def test_damaged_pictures_and_garbage_do_not_end_the_feed(server: NetworkCamera) -> None:
    async with kept(feed_of(server.url("damage=3&garbage=20"))) as feed:
        began = time.monotonic()
        sizes = set()
        while time.monotonic() - began < 5:
            sizes.add((await shot(feed)).image.shape)
        assert sizes == {(480, 640, 3)}


async def test_a_stream_that_changes_its_size_goes_on(server: NetworkCamera) -> None:
    """FFmpeg's reader scales to the size that the stream began with, so that zones and tracks stay where they are."""
    async with kept(feed_of(server.url("grow=20"))) as feed:
        first = await shot(feed)
        began = time.monotonic()
        while time.monotonic() - began < 3:
            last = await shot(feed)
        assert last.image.shape == first.image.shape == (480, 640, 3)
        assert quarters(last) == [RED, GREEN, BLUE, WHITE]
        assert feed._pulse.report().reconnects == 0


async def test_what_is_masked_never_leaves_the_capture_process(server: NetworkCamera) -> None:
    """The memory that both share holds the turned and masked frame already."""
    lower_left = [[0, 0.5], [0.5, 0.5], [0.5, 1], [0, 1]]
    async with kept(feed_of(server.url(), rotation=90, masks=[lower_left])) as feed:
        frame = await shot(feed)
        assert frame.image.shape == (640, 480, 3)
        assert quarters(frame) == [BLUE, RED, "black", GREEN]


async def test_a_password_comes_from_the_environment_and_is_seen_nowhere(
    server: NetworkCamera, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_PASSWORD", "p@ss:w/rd")
    url = server.url("user=anna&password=p%40ss%3Aw%2Frd", "anna:${DOOR_PASSWORD}@")
    async with kept(feed_of(url)) as feed:
        await shot(feed)
        assert "anna" not in command(only_capture())
    caplog.clear()
    monkeypatch.setenv("DOOR_PASSWORD", "wrong-one")
    async with kept(feed_of(url)) as feed:
        sentence = await feed.opened
    assert sentence is not None
    assert sentence.startswith("camera door: http://127.0.0.1:")
    assert "does not open; check the address, the cable and the password" in sentence
    for secret in ("anna:", "wrong-one", "p%40ss"):
        assert secret not in sentence + caplog.text


async def test_an_address_without_its_beginning_is_not_told_as_a_file_with_its_password(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_URL", "anna:wrong-one@192.0.2.1/stream")
    async with kept(feed_of("${DOOR_URL}")) as feed:
        sentence = await feed.opened
    assert sentence is not None
    assert sentence.startswith("camera door: ${DOOR_URL}: no such file or folder; an address begins with rtsp://")
    assert "wrong-one" not in sentence + caplog.text


async def test_a_folder_without_films_is_told_with_the_camera(tmp_path: Path) -> None:
    async with kept(feed_of(str(tmp_path))) as feed:
        assert (await feed.opened or "").startswith(f"camera door: the folder {tmp_path} holds no video file")


def film(path: Path, colour: str) -> None:
    """A second of one colour."""
    source = ["-f", "lavfi", "-i", f"color={colour}:s=320x240:d=1", "-pix_fmt", "yuv420p"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, str(path)], check=True)


async def test_the_files_of_a_folder_are_played_one_after_the_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    film(tmp_path / "a.mp4", "blue")
    film(tmp_path / "c.mp4", "red")
    (tmp_path / "b.mp4").write_text("no film")
    feed, seen = feed_of(str(tmp_path)), []
    began = time.monotonic()
    async with kept(feed):
        while not feed.ended:
            await feed.fresh(5)
            if frame := await feed.newest():
                seen.append(quarters(frame)[0])
    assert list(dict.fromkeys(seen)) == [BLUE, RED]
    assert time.monotonic() - began > 1.5  # two films of a second each, at their own pace
    assert "b.mp4 is not a video that can be read" in caplog.text


@pytest.fixture
def rtsp_camera() -> Iterator[tuple[str, int]]:
    """Its address, and the process group that plays it: a server and FFmpeg."""
    server = [sys.executable, "-m", "tests.worker.rtsp_server"]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(server, cwd=root, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    yield f"rtsp://127.0.0.1:{int(process.stdout.readline())}/door", process.pid
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


async def test_an_rtsp_stream_of_h264_that_freezes_comes_back(
    rtsp_camera: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    url, group = rtsp_camera
    async with kept(feed_of(url, stall=3)) as feed:
        assert (await shot(feed)).image.shape == (360, 640, 3)
        os.killpg(group, signal.SIGSTOP)
        async with asyncio.timeout(60):
            while "camera door g" not in caplog.text:  # noqa: ASYNC110  # said in the log only
                await asyncio.sleep(0.1)
        await feed.newest()
        os.killpg(group, signal.SIGCONT)
        assert (await shot(feed, 30)).image.shape == (360, 640, 3)


async def test_fifty_reopenings_leave_nothing_behind(server: NetworkCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "REOPEN_SECONDS", (0.01,))
    before = open_files(os.getpid())
    async with kept(feed_of(server.url("cut=2&width=320&height=240"))) as feed:
        async with asyncio.timeout(150):
            while feed._pulse.report().reconnects < 50:  # counted elsewhere
                await asyncio.sleep(0.1)
                await feed.newest()
        assert len(captures(os.getpid())) <= 2  # one that is ending, one that begins
    assert captures(os.getpid()) == []
    assert open_files(os.getpid()) <= before + 5  # the event loop's own; a leak would be fifty
