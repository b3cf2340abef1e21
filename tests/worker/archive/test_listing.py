"""What an archive holds: its files in the order of their names, whose cameras they are of, and when they began."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from worker.archive.listing import Recording, recording, recordings
from worker.errors import SourceError

MOSCOW = ZoneInfo("Europe/Moscow")


def archive(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"film")
    return folder


def test_files_stand_in_the_order_of_their_names_each_with_its_folders_camera(tmp_path: Path) -> None:
    archive(
        tmp_path, "till/b.mkv", "door/2/a.mp4", "door/10.mp4", "z.avi", "door/readme.txt", "door/.part.mp4", ".x/y.mp4"
    )
    assert [(film.name, film.camera) for film in recordings(tmp_path)] == [
        ("door/10.mp4", "door"),
        ("door/2/a.mp4", "door"),
        ("till/b.mkv", "till"),
        ("z.avi", tmp_path.name),
    ]


def test_a_cameras_own_folder_gives_its_files_the_same_camera(tmp_path: Path) -> None:
    archive(tmp_path, "door/a.mp4")
    (of_all,), (of_door,) = recordings(tmp_path), recordings(tmp_path / "door")
    assert of_all.camera == of_door.camera == "door"


def test_links_are_followed_once_and_never_in_a_circle(tmp_path: Path) -> None:
    archive(tmp_path / "nas", "a.mp4")
    archive(tmp_path / "all", "till/b.mp4")
    (tmp_path / "all" / "door").symlink_to(tmp_path / "nas")
    (tmp_path / "all" / "till" / "up").symlink_to(tmp_path / "all")
    assert [film.name for film in recordings(tmp_path / "all")] == ["door/a.mp4", "till/b.mp4"]


def test_a_folder_without_a_video_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=f"{tmp_path} holds no video file"):
        recordings(archive(tmp_path, "notes.txt"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.mp4: no such file"):
        recording(tmp_path / "none.mp4", "door")


@pytest.mark.parametrize(
    ("name", "began"),
    [
        ("door/2026-07-01_09-30-05.mp4", (2026, 7, 1, 6, 30, 5)),
        ("door/ch01_20260701093005.mp4", (2026, 7, 1, 6, 30, 5)),
        ("door/20260701T0930.mp4", (2026, 7, 1, 6, 30, 0)),
        ("door/2026-07-01/09.30.05.mp4", (2026, 7, 1, 6, 30, 5)),
        ("door/20269901093005.mp4", (2026, 7, 2, 11, 0, 0)),
        ("door/clip 12.mp4", (2026, 7, 2, 11, 0, 0)),
    ],
)
def test_a_recording_began_when_its_name_says_or_its_length_before_it_was_written(
    name: str, began: tuple[int, ...]
) -> None:
    film = Recording(Path(name), name, "door", 1, datetime(2026, 7, 2, 12, tzinfo=UTC))
    assert film.began(MOSCOW, 3600) == datetime(*began, tzinfo=UTC)
