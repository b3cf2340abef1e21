"""Clips drawn for one question each: the people of the demo clip, moved by a function of time through its shop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np

from amiko.clip import HEIGHT, WIDTH, Figure, Picture, _figures, _scene
from vision.detector import FaceDetector


@dataclass(frozen=True)
class Pose:
    """Where somebody stands: the middle of their shoulders' lower edge (px), and their size; 1 is that of the photo."""

    x: float
    bottom: float
    size: float
    turned: bool = False


Actor = tuple[Figure, Callable[[float], Pose | None]]


def people() -> tuple[Figure, Figure]:
    """Eileen Collins (orange suit) and Grace Hopper (black uniform)."""
    collins, hopper = _figures()
    return collins, hopper


def turned_away(figure: Figure) -> Figure:
    """The same person from behind: hair where the face was."""
    box = FaceDetector().detect(figure.pixels)[0].box
    pixels = figure.pixels.copy()
    center = (round((box[0] + box[2]) / 2), round((box[1] + box[3]) / 2))
    cv2.ellipse(
        pixels, center, (round((box[2] - box[0]) * 0.75), round((box[3] - box[1]) * 0.75)), 0, 0, 360, (40, 50, 60), -1
    )
    return Figure(pixels, figure.alpha)


def draw(
    path: Path, seconds: float, actors: Iterable[Actor], posters: Iterable[tuple[Figure, Pose]] = (), fps: int = 8
) -> Path:
    """Write the clip, those listed first farthest away, with a camera's noise."""
    scene = _scene()
    for figure, pose in posters:
        _paste(scene, figure, pose)
    cast = [(figure, turned_away(figure), where) for figure, where in actors]
    noise = np.random.default_rng(0)
    writer = imageio_ffmpeg.write_frames(
        str(path), (WIDTH, HEIGHT), pix_fmt_in="bgr24", fps=fps, codec="libx264", quality=7, macro_block_size=2
    )
    writer.send(None)
    for step in range(round(seconds * fps)):
        frame = scene.copy()
        for figure, behind, where in cast:
            pose = where(step / fps)
            if pose is not None:
                _paste(frame, behind if pose.turned else figure, pose)
        grain = noise.normal(0, 3, (HEIGHT // 2, WIDTH // 2, 1)).astype(np.float32)
        grain = cv2.resize(grain, (WIDTH, HEIGHT))[:, :, None]
        writer.send(np.ascontiguousarray(np.clip(frame + grain, 0, 255).astype(np.uint8)))
    writer.close()
    return path


def standing(x: float, size: float = 0.7, since: float = 0.0, until: float = 1e9) -> Callable[[float], Pose | None]:
    """Somebody who stays, swaying by some millimetres as everybody does."""

    def where(at: float) -> Pose | None:
        if not since <= at < until:
            return None
        return Pose(x + 9 * size * np.sin(at * 1.3) + 4 * size * np.sin(at * 3.1), 560 + 3 * np.sin(at * 0.9), size)

    return where


def walking(
    start: float, end: float, since: float, seconds: float, size: float = 0.7
) -> Callable[[float], Pose | None]:
    """Somebody who crosses the picture at one pace, from x to x (px)."""

    def where(at: float) -> Pose | None:
        way = (at - since) / seconds
        return Pose(start + (end - start) * way, 560 + 5 * np.sin(at * 11), size) if 0 <= way <= 1 else None

    return where


def coming(
    x: float, since: float, seconds: float, far: float = 0.35, near: float = 0.9
) -> Callable[[float], Pose | None]:
    """Somebody who comes from the doorway to the counter."""

    def where(at: float) -> Pose | None:
        way = (at - since) / seconds
        if not 0 <= way <= 1:
            return None
        return Pose(WIDTH / 2 + (x - WIDTH / 2) * way, 560 + 5 * np.sin(at * 11), far + (near - far) * way)

    return where


def _paste(frame: Picture, figure: Figure, pose: Pose) -> None:
    height, width = (round(side * pose.size) for side in figure.pixels.shape[:2])
    pixels = cv2.resize(figure.pixels, (width, height), interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(figure.alpha, (width, height), interpolation=cv2.INTER_AREA)[:, :, None]
    left, top = round(pose.x - width / 2), round(pose.bottom) - height
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, WIDTH), min(top + height, HEIGHT)
    if x0 >= x1 or y0 >= y1:
        return
    part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    region = frame[y0:y1, x0:x1]
    region[:] = (alpha[part] * pixels[part] + (1 - alpha[part]) * region).astype(np.uint8)
