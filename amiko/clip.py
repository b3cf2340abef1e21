"""The demo clip: two people whose portraits are free to use walk, one after the other, to a drawn counter.

Both photos are in the public domain and ship inside packages that are installed anyway: Eileen Collins, by NASA
(scikit-image), and Grace Hopper, by the U.S. Navy (matplotlib).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import imageio_ffmpeg
import matplotlib
import numpy as np
import skimage
from numpy.typing import NDArray

from amiko.errors import AmikoError
from vision.detector import FaceDetector

Picture = NDArray[np.uint8]

WIDTH, HEIGHT, FPS = 1280, 720, 25
COUNTER_TOP = 560
"""Row (px) where the counter begins; a portrait's lower edge stays hidden behind it."""

WALK_SECONDS = 4.0
PAUSE_SECONDS = 1.5
GAP_SECONDS = 3.0
FAR, NEAR = 0.35, 1.0
"""Size of a portrait at the doorway and at the counter."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A person cut out of a photo.

    Attributes:
        pixels: (H, W, 3) uint8 BGR, as tall as it stands at the counter.
        alpha: (H, W, 1) float32, 1 inside the person.
    """

    pixels: Picture
    alpha: NDArray[np.float32]


def make_clip(path: Path) -> None:
    """Draw the clip and write it as H.264 MP4; nothing is left of it where this is interrupted."""
    unfinished = path.with_suffix(".part.mp4")
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = imageio_ffmpeg.write_frames(
        str(unfinished), (WIDTH, HEIGHT), pix_fmt_in="bgr24", fps=FPS, codec="libx264", quality=7, macro_block_size=2
    )
    writer.send(None)
    for frame in _frames():
        writer.send(np.ascontiguousarray(frame))
    writer.close()
    unfinished.replace(path)


def _frames() -> Iterator[Picture]:
    scene = _scene()
    yield from _still(scene, 1.0)
    for figure, drift in zip(_figures(), (-180, 200), strict=True):
        steps = round(WALK_SECONDS * FPS)
        for step in range(steps):
            yield _with_figure(scene, figure, step / (steps - 1), drift)
        for _ in range(round(PAUSE_SECONDS * FPS)):
            yield _with_figure(scene, figure, 1.0, drift)
        yield from _still(scene, GAP_SECONDS)


def _still(scene: Picture, seconds: float) -> Iterator[Picture]:
    for _ in range(round(seconds * FPS)):
        yield scene


def _scene() -> Picture:
    """A shop seen from behind its counter: back wall, doorway, floor, shelves, counter."""
    scene = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    scene[:430] = np.linspace((214, 222, 226), (196, 206, 212), 430)[:, None]
    scene[430:] = np.linspace((120, 150, 176), (96, 124, 150), HEIGHT - 430)[:, None]
    cv2.rectangle(scene, (500, 110), (780, 430), (90, 100, 110), -1)
    cv2.rectangle(scene, (516, 126), (764, 430), (238, 228, 205), -1)
    cv2.rectangle(scene, (516, 330), (764, 430), (170, 196, 190), -1)
    cv2.line(scene, (640, 126), (640, 430), (90, 100, 110), 6)
    cv2.putText(scene, "AMIKO", (566, 96), cv2.FONT_HERSHEY_DUPLEX, 1.4, (70, 90, 110), 2, cv2.LINE_AA)
    colours = ((92, 120, 196), (110, 160, 120), (180, 140, 96), (150, 110, 170), (96, 170, 190))
    for side in (40, 900):
        for row, shelf in enumerate((200, 300, 400)):
            for item in range(7):
                x = side + 14 + item * 46
                height = 44 + (item * 7 + row * 13) % 30
                cv2.rectangle(scene, (x, shelf - height), (x + 34, shelf), colours[(item + row) % 5], -1, cv2.LINE_AA)
            cv2.rectangle(scene, (side, shelf), (side + 340, shelf + 10), (84, 106, 128), -1)
    cv2.rectangle(scene, (0, COUNTER_TOP), (WIDTH, HEIGHT), (60, 84, 110), -1)
    cv2.rectangle(scene, (0, COUNTER_TOP), (WIDTH, COUNTER_TOP + 18), (92, 122, 150), -1)
    return scene


def _figures() -> list[Figure]:
    """The two portraits, cut out; GrabCut starts from a rectangle around the person."""
    cv2.setRNGSeed(0)
    hopper = _photo(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg")
    collins = _photo(Path(skimage.__file__).parent / "data" / "astronaut.png")
    return [
        _cut_out(
            collins, rough=((12, 512), (12, 350), (90, 270), (110, 0), (330, 0), (350, 210), (430, 300), (420, 512))
        ),
        _cut_out(hopper, rough=((6, 605), (6, 400), (110, 20), (400, 20), (505, 400), (505, 605))),
    ]


def _photo(path: Path) -> Picture:
    photo = cv2.imread(str(path))
    if photo is None:
        raise AmikoError(f"{path}: the demo's photo is missing; install its package again, or use --video FILE")
    return np.asarray(photo, np.uint8)


def _cut_out(photo: Picture, rough: tuple[tuple[int, int], ...]) -> Figure:
    """Cut a person out with GrabCut: the face is certain, all outside the `rough` outline is background."""
    mask = np.full(photo.shape[:2], cv2.GC_BGD, np.uint8)
    cv2.fillPoly(mask, [np.array(rough)], cv2.GC_PR_BGD)
    left, top, right, bottom = FaceDetector().detect(photo)[0].box
    center, size = ((left + right) / 2, (top + bottom) / 2), (right - left, bottom - top)
    # Hair, then neck and shoulders, as multiples of the face.
    cv2.ellipse(mask, (center, (size[0] * 1.7, size[1] * 1.7), 0), cv2.GC_PR_FGD, -1)
    cv2.rectangle(mask, _point(center, size, -1.2, 1.0), _point(center, size, 1.2, 9.0), cv2.GC_PR_FGD, -1)
    cv2.rectangle(mask, _point(center, size, -0.3, 0.0), _point(center, size, 0.3, 9.0), cv2.GC_FGD, -1)
    cv2.ellipse(mask, (center, (size[0] * 1.1, size[1] * 1.2), 0), cv2.GC_FGD, -1)
    cv2.grabCut(photo, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    for step in (cv2.MORPH_OPEN, cv2.MORPH_CLOSE):
        inside = cv2.morphologyEx(inside, step, np.ones((7, 7), np.uint8))
    outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros(inside.shape, np.float32), [max(outlines, key=cv2.contourArea)], -1, 1.0, -1)
    alpha = cv2.GaussianBlur(filled, (5, 5), 0)[:, :, None]
    return Figure(photo, alpha)


def _point(center: tuple[float, float], size: tuple[float, float], x: float, y: float) -> tuple[int, int]:
    """A point that many face widths and heights from the face's centre."""
    return round(center[0] + x * size[0]), round(center[1] + y * size[1])


def _with_figure(scene: Picture, figure: Figure, way: float, drift: float) -> Picture:
    """The scene with the figure at `way` (0 the doorway, 1 the counter), `drift` px aside when it arrives."""
    size = FAR + (NEAR - FAR) * way
    height, width = (round(side * size) for side in figure.pixels.shape[:2])
    pixels = cv2.resize(figure.pixels, (width, height), interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(figure.alpha, (width, height), interpolation=cv2.INTER_AREA)[:, :, None]
    bob = 6 * size * np.sin(way * WALK_SECONDS * 2 * np.pi * 1.8)
    top = COUNTER_TOP + round(12 * size + bob) - height
    left = round(WIDTH / 2 + drift * way - width / 2)
    frame = scene.copy()
    region = frame[max(top, 0) : top + height, left : left + width]
    pixels, alpha = pixels[max(-top, 0) :], alpha[max(-top, 0) :]
    region[:] = (alpha * pixels + (1 - alpha) * region).astype(np.uint8)
    frame[COUNTER_TOP:] = scene[COUNTER_TOP:]
    return frame
