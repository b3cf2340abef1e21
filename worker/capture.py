"""Frames of a video file, at the analysis rate, or of a camera, always the newest."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from worker.errors import SourceError
from worker.frame import Frame

# FFmpeg's own complaints about damaged streams would stand between our sentences on the terminal.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

OPEN_TIMEOUT_MS = 10_000
READ_TIMEOUT_MS = 10_000
CUT_SHORT = 0.9
"""A file that gives fewer than this share of the frames it announces was cut short or is damaged."""


@dataclass(frozen=True)
class VideoFile:
    """A readable video.

    Attributes:
        seconds: length that the container announces; 0 where it announces none.
        fps: frames per second that it announces.
        width, height: of its frames (px).
    """

    path: Path
    seconds: float
    fps: float
    width: int
    height: int


def open_file(path: Path) -> tuple[cv2.VideoCapture, VideoFile]:
    """Open a video file.

    Raises:
        SourceError: there is no such file, or it is no video that FFmpeg can read.
    """
    if not path.exists():
        raise SourceError(f"{path}: no such file; check the name")
    if path.is_dir():
        raise SourceError(f"{path} is a folder; name the video files in it")
    if not os.access(path, os.R_OK):
        raise SourceError(f"{path} cannot be read; check its permissions")
    if path.stat().st_size == 0:
        raise SourceError(f"{path} is empty (0 bytes); copy or record it again")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise SourceError(f"{path} is not a video that can be read; try to play it, and convert it to H.264 MP4")
    fps = capture.get(cv2.CAP_PROP_FPS)
    fps = fps if 0 < fps < 1000 else 25.0
    frames = max(0.0, capture.get(cv2.CAP_PROP_FRAME_COUNT))
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    return capture, VideoFile(path, frames / fps, fps, width, height)


def read_file(path: Path, fps: float) -> Iterator[Frame]:
    """Every frame of a file that the analysis rate `fps` asks for, with the file's own clock.

    The same file gives the same frames every time.

    Raises:
        SourceError: before the first frame, where there is none; after the last one, where the file ends
            well before the length it announces.
    """
    capture, file = open_file(path)
    at, due, count = 0.0, 0.0, 0
    try:
        while capture.grab():
            stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # Streams without sound time stamps report zero, or jump back: then frames are counted.
            at = (stamp if stamp > at else at + 1 / file.fps) if count else 0.0
            count += 1
            if at + 0.5 / file.fps < due:
                continue
            due = max(due + 1 / fps, at)
            ok, image = capture.retrieve()
            if ok:
                yield Frame(image, at)
    finally:
        capture.release()
    if count == 0:
        raise SourceError(f"{path} holds no frame that can be decoded; record or copy it again")
    if count < file.seconds * file.fps * CUT_SHORT:
        raise SourceError(
            f"{path} ends after {at:.1f} s of the {file.seconds:.1f} s it announces: it is damaged or was not copied "
            "whole; what came before was analysed"
        )


class LiveCamera:
    """Reads a camera in its own thread and keeps only the newest frame.

    Args:
        url: RTSP or HTTP address, USB index, or a file (played at its own speed, once).
    """

    def __init__(self, name: str, url: str | int) -> None:
        self.name = name
        self._url = url
        self._newest: Frame | None = None
        self._started = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Open the camera and begin to read.

        Raises:
            SourceError: it does not open.
        """
        capture = self._capture()
        if not capture.isOpened():
            where = f"USB camera {self._url}" if isinstance(self._url, int) else _without_password(self._url)
            raise SourceError(
                f"camera {self.name}: {where} does not open; check the address, the cable and the password, "
                "and whether another program holds it"
            )
        self._stop.clear()
        self._thread = threading.Thread(target=self._read, args=(capture,), name=f"camera {self.name}", daemon=True)
        self._thread.start()

    @property
    def is_file(self) -> bool:
        """Whether this is a video file, which ends by itself."""
        return isinstance(self._url, str) and Path(self._url).is_file()

    @property
    def alive(self) -> bool:
        """Whether frames may still come."""
        return self._thread is not None and self._thread.is_alive()

    def newest(self) -> Frame | None:
        """The newest frame, once; None where none has come since the last call."""
        with self._lock:
            frame, self._newest = self._newest, None
        return frame

    def age(self, frame: Frame) -> float:
        """How long ago one of its frames came (s)."""
        return time.monotonic() - self._started - frame.at

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=READ_TIMEOUT_MS / 1000)

    def _capture(self) -> cv2.VideoCapture:
        if isinstance(self._url, int):
            return cv2.VideoCapture(self._url)
        timeouts = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            OPEN_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            READ_TIMEOUT_MS,
        ]
        return cv2.VideoCapture(self._url, cv2.CAP_FFMPEG, timeouts)

    def _read(self, capture: cv2.VideoCapture) -> None:
        pause = 1 / (capture.get(cv2.CAP_PROP_FPS) or 25.0)
        started = self._started = time.monotonic()
        count = 0
        try:
            while not self._stop.is_set():
                ok, image = capture.read()
                if not ok:
                    return
                count += 1
                with self._lock:
                    self._newest = Frame(image, time.monotonic() - started)
                if self.is_file:
                    self._stop.wait(max(0.0, started + count * pause - time.monotonic()))
        finally:
            capture.release()


def _without_password(url: str) -> str:
    """The address without user name and password, for messages."""
    scheme, slashes, rest = url.partition("://")
    return scheme + slashes + rest.rpartition("@")[2] if slashes else url
