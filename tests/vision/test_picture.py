"""Photos of every kind become upright BGR pixels, or are refused by name."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vision.errors import PictureError
from vision.picture import read_picture

RED = (204, 0, 51)  # a colour that the palette of mode P has too


def saved(path: Path, photo: Image.Image, **options: object) -> Path:
    photo.save(path, **options)
    return path


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_colour_survives_every_mode(tmp_path: Path, mode: str) -> None:
    name = "photo.tif" if mode == "CMYK" else "photo.png"
    photo = Image.new("RGB", (6, 4), RED)
    pixels = read_picture(saved(tmp_path / name, photo.convert(mode)))
    assert pixels.shape == (4, 6, 3)
    assert pixels[0, 0].tolist() == pytest.approx(RED[::-1], abs=3)


@pytest.mark.parametrize(("kind", "value"), [(np.uint8, 128), (np.uint16, 128 * 257)])
def test_grey_of_eight_or_sixteen_bits_keeps_its_brightness(tmp_path: Path, kind: type, value: int) -> None:
    pixels = read_picture(saved(tmp_path / "grey.png", Image.fromarray(np.full((5, 5), value, kind))))
    assert pixels.tolist() == [[[128] * 3] * 5] * 5


def test_floats_are_fractions_of_white_or_levels(tmp_path: Path) -> None:
    for white in (1.0, 255.0):
        grey = Image.fromarray(np.array([[0, white / 2, white]], np.float32))
        assert read_picture(saved(tmp_path / "grey.tif", grey))[0, :, 0].tolist() == [0, 127, 255]


def test_transparency_becomes_white(tmp_path: Path) -> None:
    assert read_picture(saved(tmp_path / "clear.png", Image.new("RGBA", (2, 2), (0, 0, 0, 0)))).min() == 255


def test_a_photo_taken_sideways_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_picture(saved(tmp_path / "turned.jpg", Image.new("RGB", (8, 4), RED), exif=exif)).shape == (8, 4, 3)


def test_a_truncated_photo_is_refused_by_name(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    path = saved(tmp_path / "cut.jpg", Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(PictureError, match=r"cut\.jpg cannot be read as a picture"):
        read_picture(path)


def test_a_hundred_megapixels_are_read_and_far_more_refused(tmp_path: Path) -> None:
    large = saved(tmp_path / "large.png", Image.new("L", (10_000, 10_000), 128))
    assert read_picture(large).shape == (10_000, 10_000, 3)
    wide = saved(tmp_path / "wide.png", Image.new("1", (30_000, 10)))
    with pytest.raises(PictureError, match=r"wide\.png is 30000 x 10 px"):
        read_picture(wide)


def test_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="not numbers"):
        read_picture(saved(tmp_path / "nan.tif", Image.fromarray(np.full((3, 3), np.nan, np.float32))))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "no such file"),
        (Path.mkdir, "is a folder"),
        (lambda path: path.write_text("hi"), "not a picture"),
    ],
)
def test_what_is_no_photo_is_refused(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "photo.png"
    make(path)
    with pytest.raises(PictureError, match=says):
        read_picture(path)


def test_no_other_program_is_started_to_read_a_photo(tmp_path: Path) -> None:
    """Pillow would hand PostScript to Ghostscript, which runs it."""
    with pytest.raises(PictureError, match="not a picture that can be read"):
        read_picture(saved(tmp_path / "photo.png", Image.new("RGB", (4, 4), RED), format="EPS"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_damage_is_refused_or_shown_whatever_it_hits(tmp_path: Path, kind: str) -> None:
    """In a sentence, without the warnings that each format's reader has for itself."""
    rng = np.random.default_rng(0)
    path = saved(tmp_path / "photo", Image.fromarray(rng.integers(0, 255, (20, 30, 3), np.uint8)), format=kind)
    whole, refused = path.read_bytes(), 0
    for _ in range(60):
        damaged = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for place in rng.integers(0, min(len(damaged), 200), 4):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            with warnings.catch_warnings(action="error"):
                assert read_picture(path).dtype == np.uint8
        except PictureError:
            refused += 1
    assert refused > 20
