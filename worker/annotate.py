"""Draws what the worker sees into an H.264 MP4: zone, masks, tracks, qualities and decisions."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import imageio_ffmpeg
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from worker.errors import SourceError
from worker.frame import Frame
from worker.pipeline import Pipeline
from worker.reading import Reading

MASKED = sv.Color(90, 90, 90)
OUTSIDE = (170, 170, 170)
"""Grey of masks and, in BGR, of faces outside the zone."""

LINE = (80, 200, 255)
"""Of the line that visitors cross, and of the arrow that says which way (BGR)."""

DRAWN_HEIGHT = 720
"""Frames lower than this (px) are enlarged, or their labels could not be read."""


class AnnotatedVideo:
    """A file that grows by one drawn frame at a time; use it in a `with` block.

    Args:
        path: the .mp4 to write; an existing one is replaced.
        fps: frames per second it will play at.

    Raises:
        SourceError: it cannot be written.
    """

    def __init__(self, path: Path, fps: float) -> None:
        if not path.parent.is_dir():
            raise SourceError(f"{path}: the folder {path.parent} does not exist; create it first")
        if path.suffix.lower() != ".mp4":
            raise SourceError(f"{path}: the drawn video is an MP4; name a file that ends with .mp4")
        try:
            path.open("ab").close()
        except OSError as error:
            raise SourceError(f"{path} cannot be written: {error.strerror}; name a file that can") from None
        self._path = path
        self._fps = fps
        self._writer: Generator[None, Any, None] | None = None
        self._size = (0, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is None:
            if self._path.stat().st_size == 0:
                self._path.unlink()
            return
        self._writer.close()
        if error is None:
            self._check()

    def _check(self) -> None:
        """FFmpeg ends without a word to us where it could not write all of it."""
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        whole = capture.isOpened() and capture.grab()
        capture.release()
        if not whole:
            raise self._full()

    def _full(self) -> SourceError:
        return SourceError(f"{self._path} could not be written whole; make room on its disk")

    def add(self, frame: Frame, pipeline: Pipeline) -> None:
        """Draw the pipeline's visitors into this frame and write it."""
        picture = draw(frame, pipeline)
        if self._writer is None:
            # H.264 wants even sides; an odd last row or column is cut off.
            self._size = (picture.shape[1] // 2 * 2, picture.shape[0] // 2 * 2)
            self._writer = imageio_ffmpeg.write_frames(
                str(self._path),
                self._size,
                pix_fmt_in="bgr24",
                fps=self._fps,
                codec="libx264",
                macro_block_size=2,
                ffmpeg_log_level="quiet",
                output_params=["-movflags", "+faststart"],
            )
            self._writer.send(None)
        width, height = self._size
        try:
            self._writer.send(np.ascontiguousarray(picture[:height, :width]))
        except OSError:
            # It holds the whole command and no reason.
            raise self._full() from None


def draw(frame: Frame, pipeline: Pipeline) -> NDArray[np.uint8]:
    """The frame (BGR), enlarged to at least DRAWN_HEIGHT, with zone, line, masks and everyone in view."""
    enlarged = max(1.0, DRAWN_HEIGHT / frame.image.shape[0])
    canvas = cv2.resize(frame.image, None, fx=enlarged, fy=enlarged, interpolation=cv2.INTER_CUBIC)
    height, width = canvas.shape[:2]
    canvas = sv.draw_polygon(canvas, _pixels(pipeline.camera.zone, width, height), sv.Color.WHITE, 2)
    for mask in pipeline.camera.masks:
        canvas = sv.draw_polygon(canvas, _pixels(mask, width, height), MASKED, 2)
    if pipeline.camera.line is not None:
        start, end = _pixels(pipeline.camera.line, width, height)
        middle, across = (start + end) / 2, np.array([start[1] - end[1], end[0] - start[0]])
        tip = middle + across * 0.08 * height / np.linalg.norm(across)
        cv2.line(canvas, start.tolist(), end.tolist(), LINE, 2, cv2.LINE_AA)
        cv2.arrowedLine(canvas, middle.astype(int).tolist(), tip.astype(int).tolist(), LINE, 2, cv2.LINE_AA)
    for number, face in pipeline.outside:
        left, top, right, bottom = (round(edge * enlarged) for edge in face.box)
        cv2.rectangle(canvas, (left, top), (right, bottom), OUTSIDE, 2)
        cv2.putText(canvas, f"#{number}", (left, top - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, OUTSIDE, 1, cv2.LINE_AA)
    shown = [(v, v.face) for v in pipeline.visitors.values() if v.face is not None and v.last_seen == frame.at]
    detections = sv.Detections(
        xyxy=np.array([face.box for _, face in shown], np.float32).reshape(-1, 4) * enlarged,
        tracker_id=np.array([visitor.number for visitor, _ in shown], int),
    )
    box = sv.BoxAnnotator(thickness=2, color_lookup=sv.ColorLookup.TRACK)
    label = sv.LabelAnnotator(
        text_scale=0.5 * height / DRAWN_HEIGHT, text_padding=6, color_lookup=sv.ColorLookup.TRACK, smart_position=True
    )
    texts = []
    for visitor, _ in shown:
        visit = pipeline.visits.get(visitor.number)
        seen = f"#{visitor.number} q {visitor.quality:.2f}"
        texts.append(f"{seen}\n{_words(visit.reading)}" if visit else f"{seen}, {visitor.faces} seen")
    return np.asarray(label.annotate(box.annotate(canvas, detections), detections, labels=texts), np.uint8)


def _pixels(corners: Sequence[Sequence[float]], width: int, height: int) -> NDArray[np.int_]:
    return (np.array(corners) * (width - 1, height - 1)).round().astype(int)


def _words(reading: Reading) -> str:
    """Three short lines, so that the labels of people side by side do not cover each other."""
    return "\n".join(
        [
            f"{reading.gender} {reading.age_mean:.0f} ({reading.age_low}-{reading.age_high})",
            *([", ".join(reading.attire)] if reading.attire else []),
            f"{reading.department} {reading.department_p:.2f}",
        ]
    )
