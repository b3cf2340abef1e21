"""Frames of a video file at the analysis rate, with the file's own clock, and the video files of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from worker.errors import SourceError
from worker.frame import Frame

# FFmpeg's and OpenCV's own complaints about damaged streams would stand between our sentences on the terminal.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)

CUT_SHORT = 0.9
"""A file that gives fewer than this share of the frames it announces was cut short or is damaged."""

SUFFIXES = frozenset({".mp4", ".m4v", ".mkv", ".webm", ".mov", ".avi", ".ts", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp"})
"""What the video files of a folder end with."""


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


def files_in(folder: Path) -> list[Path]:
    """The video files of a folder, in the order of their names.

    Raises:
        SourceError: the folder cannot be read, or holds none.
    """
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    except OSError as error:
        raise SourceError(f"the folder {folder} cannot be read ({error.strerror}); check its permissions") from None
    if not files:
        raise SourceError(f"the folder {folder} holds no video file; put .mp4 or other videos there")
    return files
