"""`amiko replay` as a process: lines, database, picture, and every bad file in one sentence."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from tests.databases import ON_SQLITE, rows
from tests.e2e.conftest import Run
from vision.traits import ATTIRE

KEYS = ["visit", "camera", "first_seen", "decided", "last_seen", "faces"]
KEYS += ["age", "gender", "attire", "department", "reason"]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def visits_in(url: str) -> list[tuple[str, str, str]]:
    return rows(url, "SELECT id, origin, state FROM visits ORDER BY first_seen")


def test_a_visit_is_one_json_line_with_the_promised_names(amiko: Run, clip: Path) -> None:
    result = amiko("replay", clip, "--json", "-", "--camera", "door")
    assert result.returncode == 0, result.stderr
    first, second = lines(result.stdout)
    assert list(first) == KEYS
    assert first["camera"] == "door"
    assert first["first_seen"] < first["decided"] < first["last_seen"] < second["first_seen"]
    for visit in (first, second):
        age, department = visit["age"], visit["department"]
        assert 0 <= age["low"] <= age["mean"] <= age["high"] <= 100
        assert visit["gender"]["label"] in {"female", "male", "unknown"}
        assert 0 <= visit["gender"]["p_female"] <= 1
        assert tuple(visit["attire"]["scores"]) == ATTIRE
        assert set(visit["attire"]["labels"]) <= set(ATTIRE)
        assert department["ranking"][0] == [department["key"], department["p"]]
        assert sum(p for _, p in department["ranking"]) == pytest.approx(1, abs=1e-3)


def test_the_same_file_gives_the_same_lines_and_is_stored_once(amiko: Run, clip: Path, database_url: str) -> None:
    first, second = (amiko("replay", clip, "--json", "-", "--db", database_url) for _ in range(2))
    assert first.stdout == second.stdout
    assert "2 of its visits were in the database already" in second.stderr
    stored = visits_in(database_url)
    assert [visit for visit, _, _ in stored] == [line["visit"] for line in lines(first.stdout)]
    assert {(origin, state) for _, origin, state in stored} == {("replay", "recorded")}


def test_notify_treats_the_visits_as_a_cameras(amiko: Run, clip: Path, database_url: str) -> None:
    for _ in range(2):
        assert amiko("replay", clip, "--notify", "--db", database_url).returncode == 0
    stored = visits_in(database_url)
    assert len(stored) == 4
    assert {(origin, state) for _, origin, state in stored} == {("camera", "missed")}


def test_the_annotated_video_is_playable_h264(amiko: Run, clip: Path, tmp_path: Path) -> None:
    assert amiko("replay", clip, "--annotate", "drawn.mp4").returncode == 0
    reader = imageio_ffmpeg.read_frames(str(tmp_path / "drawn.mp4"))
    facts = next(reader)
    assert facts["codec"].startswith("h264")
    assert facts["size"] == (1280, 720)
    assert facts["duration"] == pytest.approx(18, abs=0.5)
    frames = [np.frombuffer(frame, np.uint8).reshape(720, 1280, 3) for frame in reader]
    # Collins stands at the counter at 6 s; the box around her face is one of few saturated purples.
    purple = (frames[48].astype(int) - (163, 81, 251)).__abs__().max(axis=2) < 60
    assert purple.sum() > 300
    assert ((frames[4].astype(int) - (163, 81, 251)).__abs__().max(axis=2) < 60).sum() < 30


def test_real_footage_has_its_three_visitors(amiko: Run, shared_video: Path) -> None:
    result = amiko("replay", shared_video / "face-demographics-walking-and-pause.mp4", "--json", "-")
    assert len(lines(result.stdout)) == 3


def test_bad_files_are_named_and_good_ones_still_replayed(amiko: Run, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "zero.mp4").touch()
    result = amiko("replay", "none.mp4", "text.mp4", "zero.mp4", clip, "--json", "out.jsonl")
    assert result.returncode == 1
    assert "none.mp4: no such file" in result.stderr
    assert "text.mp4 is not a video that can be read" in result.stderr
    assert "zero.mp4 is empty" in result.stderr
    assert len(result.stderr.splitlines()) == 3  # OpenCV has complaints of its own
    assert len(lines((tmp_path / "out.jsonl").read_text())) == 2


def test_a_video_of_zero_seconds_is_refused(amiko: Run, tmp_path: Path) -> None:
    """A valid container with a stream in it, but without a frame."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "quiet", "-f", "lavfi", "-i", "color=s=64x64:d=1"]
    subprocess.run([*command, "-frames:v", "0", "empty.mp4"], cwd=tmp_path, check=False)
    assert (tmp_path / "empty.mp4").stat().st_size > 0
    result = amiko("replay", "empty.mp4")
    assert result.returncode == 1
    assert "empty.mp4" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_video_without_faces_says_so(amiko: Run, tmp_path: Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=s=320x240:d=2"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "bars.mp4"], cwd=tmp_path, check=True)
    result = amiko("replay", "bars.mp4", "--json", "-")
    assert result.returncode == 0
    assert result.stdout == ""
    assert "bars.mp4: no visitor in 16 frames" in result.stderr


@ON_SQLITE  # it is the file that differs from others
def test_what_was_decided_before_a_file_breaks_off_is_kept(
    amiko: Run, clip: Path, database_url: str, tmp_path: Path
) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(clip), "-c", "copy"]
    subprocess.run([*command, "-movflags", "+faststart", "whole.mp4"], cwd=tmp_path, check=True)
    whole = (tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    result = amiko("replay", "half.mp4", "--json", "-", "--db", database_url)
    assert result.returncode == 0
    assert "half.mp4 ends after" in result.stderr
    assert len(lines(result.stdout)) == len(visits_in(database_url)) >= 1


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--annotate", "missing/drawn.mp4"), 1, "the folder missing does not exist"),
        (("--annotate", "drawn.avi"), 1, "name a file that ends with .mp4"),
        (("--annotate", "/proc/drawn.mp4"), 1, "/proc/drawn.mp4 cannot be written: No such file or directory"),
        (("--json", "missing/out.jsonl"), 1, "--json missing/out.jsonl: cannot be written"),
        (("--db", "sqlite:////proc/none/x.db"), 1, "/proc/none"),
        (("--db", "x.db"), 1, "--db: must look like"),
        (("--config", "none.yaml"), 1, "none.yaml: no such file"),
        (("--fps",), 2, "No such option"),
    ],
)
def test_bad_options_are_one_sentence(amiko: Run, clip: Path, options: tuple[str, ...], code: int, says: str) -> None:
    result = amiko("replay", clip, *options)
    assert result.returncode == code
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_only_one_file_can_be_annotated(amiko: Run, clip: Path) -> None:
    assert amiko("replay", clip, clip, "--annotate", "drawn.mp4").returncode == 2


def test_an_unknown_camera_is_named_with_the_known_ones(amiko: Run, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("cameras: [{name: till, url: 0}]")
    result = amiko("replay", clip, "--camera", "door")
    assert result.returncode == 1
    assert "--camera door: no such camera; config.yaml has till" in result.stderr
