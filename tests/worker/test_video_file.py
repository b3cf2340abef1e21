"""Files are read at the analysis rate with their own clock; every bad one is refused by name."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from worker.errors import SourceError
from worker.video_file import files_in, open_file, read_file


def test_frames_come_at_the_analysis_rate(clip: Path) -> None:
    times = [frame.at for frame in read_file(clip, 8)]
    assert len(times) == pytest.approx(18 * 8, abs=2)
    assert np.diff(times).min() > 0.08
    assert np.diff(times).max() < 0.17


def test_a_rate_above_the_files_gives_every_frame(clip: Path) -> None:
    assert len(list(read_file(clip, 60))) == 451


def test_the_same_file_gives_the_same_frames(clip: Path) -> None:
    first, second = ([(frame.at, int(frame.image.sum())) for frame in read_file(clip, 4)] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "no such file"),
        (Path.mkdir, "is a folder"),
        (Path.touch, "is empty"),
        (lambda path: path.write_text("no video at all\n" * 100), "is not a video that can be read"),
    ],
)
def test_what_is_no_video_is_refused_by_name(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "film.mp4"
    make(path)
    with pytest.raises(SourceError, match=rf"film\.mp4.*{says}"):
        open_file(path)


def test_a_file_cut_in_the_middle_gives_what_it_has_and_then_says_so(clip: Path, tmp_path: Path) -> None:
    """The index stands at the front, as in files meant for the web, so that half a file can be opened."""
    whole, half = tmp_path / "whole.mp4", tmp_path / "half.mp4"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = [ffmpeg, "-loglevel", "error", "-i", str(clip), "-c", "copy", "-movflags", "+faststart", str(whole)]
    subprocess.run(command, check=True)
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    times: list[float] = []
    with pytest.raises(SourceError, match=r"half\.mp4 ends after .* of the 18\.0 s it announces"):
        times.extend(frame.at for frame in read_file(half, 8))
    assert 3 < times[-1] < 15


def test_the_videos_of_a_folder_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.MP4", "a.mkv", "notes.txt", "c.mp4"):
        (tmp_path / name).touch()
    assert [file.name for file in files_in(tmp_path)] == ["a.mkv", "b.MP4", "c.mp4"]


def test_a_folder_without_videos_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no video file; put \.mp4"):
        files_in(tmp_path)
