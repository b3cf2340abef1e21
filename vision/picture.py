"""Reads a photo from disk, whatever its format, as the BGR pixels that the rest of vision takes."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vision.errors import PictureError

LONGEST_SIDE = 20_000
"""Photos longer than this (px) are refused: no camera takes them, and decoding one takes gigabytes."""


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The photo as (H, W, 3) uint8 BGR, turned upright as its EXIF data say; transparency becomes white.

    Raises:
        PictureError: there is no such file, it is no picture, it is damaged, or too large.
    """
    try:
        # Pillow warns of large pictures; those that are too large are refused here, and by its own limit.
        quiet = warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning)
        with quiet, Image.open(path) as photo:
            if max(photo.size) > LONGEST_SIDE:
                raise PictureError(f"{path} is {photo.width} x {photo.height} px; make it smaller than {LONGEST_SIDE}")
            photo.load()
            return _as_bgr(ImageOps.exif_transpose(photo))
    except FileNotFoundError:
        raise PictureError(f"{path}: no such file; check the name") from None
    except IsADirectoryError:
        raise PictureError(f"{path} is a folder; name the photos in it") from None
    except UnidentifiedImageError:
        raise PictureError(f"{path} is not a picture that can be read; use JPEG, PNG or WebP") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureError(f"{path} cannot be read as a picture: {error}") from None


def _as_bgr(photo: Image.Image) -> NDArray[np.uint8]:
    if photo.mode in ("I", "I;16", "I;16B", "F"):
        grey = np.asarray(photo, np.float64)
        if not np.isfinite(grey).all():
            raise ValueError("it holds values that are not numbers")
        # Sixteen bits where any value needs them, otherwise eight stored wide.
        scale = 257.0 if grey.max(initial=0) > 255 else 1.0
        photo = Image.fromarray((grey / scale).clip(0, 255).astype(np.uint8))
    if photo.has_transparency_data:
        clear = photo.convert("RGBA")
        photo = Image.new("RGBA", clear.size, "white")
        photo.alpha_composite(clear)
    return np.ascontiguousarray(np.asarray(photo.convert("RGB"))[:, :, ::-1])
