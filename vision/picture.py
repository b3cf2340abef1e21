"""Reads a photo, whatever its format, as the BGR pixels that the rest of vision takes."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vision.errors import PictureError

LONGEST_SIDE = 20_000
"""Photos longer than this (px) are refused: no camera takes them, and decoding one takes gigabytes."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
"""What photos come in. Pillow knows others, and has some of them read by other programs."""


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The photo as (H, W, 3) uint8 BGR, turned upright as its EXIF data say; transparency becomes white.

    Raises:
        PictureError: there is no such file, it is no picture, it is damaged, or too large.
    """
    try:
        with path.open("rb") as file:
            return _decoded(file, str(path))
    except FileNotFoundError:
        raise PictureError(f"{path}: no such file; check the name") from None
    except IsADirectoryError:
        raise PictureError(f"{path} is a folder; name the photos in it") from None
    except OSError as error:
        raise PictureError(f"{path} cannot be read: {error.strerror or error}") from None


def decode_picture(data: bytes, name: str) -> NDArray[np.uint8]:
    """As read_picture, of a file's bytes.

    Args:
        data: the whole file.
        name: what the file is called in what is said about it.

    Raises:
        PictureError: it is no picture, it is damaged, or too large.
    """
    return _decoded(io.BytesIO(data), name)


def _decoded(file: IO[bytes], name: str) -> NDArray[np.uint8]:
    # Pillow warns of large pictures, which are refused here where they are too large, and of odd metadata.
    quiet = warnings.catch_warnings(action="ignore")
    try:
        with quiet, Image.open(file, formats=FORMATS) as photo:
            if max(photo.size) > LONGEST_SIDE:
                raise PictureError(f"{name} is {photo.width} x {photo.height} px; make it smaller than {LONGEST_SIDE}")
            photo.load()
            return _as_bgr(ImageOps.exif_transpose(photo))
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"{name} is not a picture that can be read; use JPEG, PNG or WebP") from None
    except Exception as error:  # each format's reader has errors of its own for what is damaged
        raise PictureError(f"{name} cannot be read as a picture: {error}; save or copy it again") from None


def _as_bgr(photo: Image.Image) -> NDArray[np.uint8]:
    if photo.mode in ("I", "I;16", "I;16B", "F"):
        grey = np.asarray(photo, np.float64)
        if not np.isfinite(grey).all():
            raise ValueError("it holds values that are not numbers")
        # Sixteen bits where any value needs them, otherwise eight stored wide, or fractions of white.
        brightest = grey.max(initial=0)
        scale = 257.0 if brightest > 255 else 1 / 255 if photo.mode == "F" and brightest <= 1 else 1.0
        photo = Image.fromarray((grey / scale).clip(0, 255).astype(np.uint8))
    if photo.has_transparency_data:
        clear = photo.convert("RGBA")
        photo = Image.new("RGBA", clear.size, "white")
        photo.alpha_composite(clear)
    return np.ascontiguousarray(np.asarray(photo.convert("RGB"))[:, :, ::-1])
