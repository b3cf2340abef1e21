"""A small archive of two cameras, cut from the drawn clip, and what a replay of it leaves in the database."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg

from tests.databases import rows

CUTS = {
    "door/2026-11-20_09-00-00.mp4": (0, 7),
    "door/2026-11-20_10-00-00.mp4": (9, 7),
    "till/20261120_110000.mp4": (0, 8),
}
"""First second and length (s): Collins comes in, Hopper, and Collins again."""


def make_archive(folder: Path, clip: Path) -> Path:
    """Three films, and one file that is none."""
    for name, (start, seconds) in CUTS.items():
        film = folder / name
        film.parent.mkdir(parents=True, exist_ok=True)
        cut = ["-ss", str(start), "-t", str(seconds), "-i", str(clip), "-preset", "ultrafast", "-crf", "20", str(film)]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *cut], check=True)
    (folder / "till" / "broken.mp4").write_text("no film")
    return folder


def stored(url: str) -> list[tuple[str, str, str]]:
    """Camera, when first seen (UTC), and id of every visit, in the order of their times."""
    found = rows(
        url,
        "SELECT cameras.name, first_seen, visits.id FROM visits JOIN cameras ON cameras.id = camera_id"
        " WHERE origin = 'replay' AND visits.state = 'recorded' ORDER BY first_seen",
    )
    return [(camera, str(first_seen), visit) for camera, first_seen, visit in found]
