"""`amiko replay --camera till`: customers, and of whom a document would be asked for."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from tests.conftest import SHARED_DATA
from tests.databases import rows
from tests.e2e.conftest import Run

TILL = "cameras: [{name: till, role: checkout, url: 0}]"
UTKFACE = SHARED_DATA / "faces" / "utkface.zip"


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A child of ten walks past: the first photo of that age in UTKFace, moved to and fro."""
    if not UTKFACE.is_file():
        pytest.skip("the faces in ../shared/data/faces/utkface.zip are not here")
    with zipfile.ZipFile(UTKFACE) as archive:
        name = min(name for name in archive.namelist() if Path(name).name.startswith("10_"))
        face = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB").resize((200, 200)))
    path = tmp_path_factory.mktemp("till") / "child.mp4"
    writer = imageio_ffmpeg.write_frames(str(path), (640, 480), fps=25, macro_block_size=2)
    writer.send(None)
    for step in range(100):
        frame = np.full((480, 640, 3), 128, np.uint8)
        left = round(220 + 120 * np.sin(step / 16))
        frame[140:340, left : left + 200] = face
        writer.send(frame)
    writer.close()
    return path


def test_a_child_at_the_till_is_to_be_asked_for_id(amiko: Run, child: Path, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(TILL)
    result = amiko("replay", child, "--camera", "till", "--json", "-")
    assert result.returncode == 0, result.stderr
    (visit,) = map(json.loads, result.stdout.splitlines())
    assert visit["camera"] == "till"
    assert visit["age_check"] == "likely"

    table = amiko("replay", child, "--camera", "till", "--notify", "--db", database_url)
    assert "age check" in table.stdout
    assert "likely: ask for ID" in table.stdout
    assert rows(database_url, "SELECT state FROM visits") == [("recorded",)]
    assert rows(database_url, "SELECT * FROM deliveries") == rows(database_url, "SELECT * FROM snapshots") == []


def test_at_an_entrance_nobodys_age_is_checked(amiko: Run, child: Path) -> None:
    result = amiko("replay", child, "--json", "-")
    assert "age_check" not in json.loads(result.stdout)
    assert "age check" not in amiko("replay", child).stdout


def test_a_till_that_may_miss_more_asks_grown_ups_for_nothing(amiko: Run, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(f"{TILL}\ncheckout: {{miss_rate: 0.5}}")
    result = amiko("replay", clip, "--camera", "till", "--json", "-")
    assert [json.loads(line)["age_check"] for line in result.stdout.splitlines()] == [None, None]


def test_the_demo_shows_who_is_asked_to_ask(amiko: Run, child: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(TILL)
    result = amiko("demo", "--once", "--video", child, "--camera", "till")
    assert result.returncode == 0, result.stderr
    assert "1 visitors, 0 cards, 3 messages to ask for ID, every one arrived." in result.stdout
