"""The process that reads one camera: newest frames into shared memory, one line about each thing that happens.

OpenCV's `read` may block for ever, so it runs where it can be killed. The job comes as one JSON line on standard
input, so that no password is seen in the list of processes; the end of standard input means that the parent is gone,
and ends this process too; Linux ends it even where it is stopped. Lines on standard output: `open`, `frame`,
`told SENTENCE`, `failed SENTENCE`, `end`.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from worker.errors import SourceError
from worker.masks import Rotation, View
from worker.shared_frame import SharedFrame
from worker.video_file import files_in, read_file

PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""

EARLY = 0.5
"""A frame may come this share of the analysis interval before it is due: no camera keeps time exactly."""


@dataclass(frozen=True)
class Job:
    """What one capture process is to do.

    Attributes:
        name: of the camera, for sentences.
        source: address to open, USB index, video file, or folder of video files.
        shown: the same as sentences may show it.
        fps: frames that are due per second.
        rotation, masks: as `worker.masks.View` takes them.
        timeout_seconds: for opening, and for each read.
        memory: descriptor of the shared frame.
        parent: process id of who started it.
    """

    name: str
    source: str | int
    shown: str
    fps: float
    rotation: Rotation
    masks: Sequence[Sequence[Sequence[float]]]
    timeout_seconds: float
    memory: int
    parent: int


def main() -> None:
    """Read the camera of the job until it gives no more frames."""
    job = Job(**json.loads(sys.stdin.readline()))
    _be_killed_with(job.parent)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    view, memory = View(job.rotation, job.masks), SharedFrame(job.memory)
    opened = False
    try:
        for taken, image in _frames(job):
            memory.write(view.of(image), taken)
            if not opened:
                opened = True
                _say("open")
            _say("frame")
        if not opened:
            raise SourceError(f"camera {job.name}: {job.shown} opens but gives no frame; check the camera itself")
    except SourceError as error:
        _say(f"{'told' if opened else 'failed'} {error}")
    _say("end")


def _frames(job: Job) -> Iterator[tuple[float, Any]]:
    """Frames that are due, each with the time of its capture (time.monotonic())."""
    if isinstance(job.source, str) and "://" not in job.source:
        path = Path(job.source)
        if not path.exists():
            # It may be an address that lacks its beginning, with a password in it.
            raise SourceError(
                f"camera {job.name}: {job.shown}: no such file or folder; an address begins with rtsp:// or http://"
            )
        try:
            return _files(files_in(path) if path.is_dir() else [path], job)
        except SourceError as error:
            raise SourceError(f"camera {job.name}: {error}") from None
    return _live(job)


def _live(job: Job) -> Iterator[tuple[float, Any]]:
    """The frames of a stream; those between two due ones are not even decoded to a picture."""
    capture = _opened(job)
    due = 0.0
    while capture.grab():
        now = time.monotonic()
        if now + EARLY / job.fps < due:
            continue
        due = max(due + 1 / job.fps, now)
        ok, image = capture.retrieve()
        if ok:
            yield now, image


def _opened(job: Job) -> cv2.VideoCapture:
    timeout_ms = round(job.timeout_seconds * 1000)
    if isinstance(job.source, int):
        capture = cv2.VideoCapture(job.source)
    else:
        capture = cv2.VideoCapture(
            job.source,
            cv2.CAP_FFMPEG,
            [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                timeout_ms,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                timeout_ms,
                # Each further thread of the decoder would hold back one more frame.
                cv2.CAP_PROP_N_THREADS,
                1,
            ],
        )
    if not capture.isOpened():
        raise SourceError(
            f"camera {job.name}: {job.shown} does not open; check the address, the cable and the password, "
            "and whether another program holds it"
        )
    return capture


def _files(paths: list[Path], job: Job) -> Iterator[tuple[float, Any]]:
    """The frames of files, one file after the other, at the pace they were filmed at.

    Raises:
        SourceError: the last file has a fault; those of the others are told and passed over.
    """
    for path in paths:
        started = time.monotonic()
        try:
            for frame in read_file(path, job.fps):
                time.sleep(max(0.0, started + frame.at - time.monotonic()))
                yield time.monotonic(), frame.image
        except SourceError as error:
            fault = f"camera {job.name}: {error}"
            if path == paths[-1]:
                raise SourceError(fault) from None
            _say(f"told {fault}")


def _say(line: str) -> None:
    """One line to the parent; without a parent there is nothing left to do."""
    try:
        os.write(1, f"{line}\n".encode())
    except BrokenPipeError:
        os._exit(0)


def _be_killed_with(parent: int) -> None:
    """Have the system kill this process when the parent ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before that
        os._exit(0)


def _end_with_parent() -> None:
    while os.read(0, 64):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
