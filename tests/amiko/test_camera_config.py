"""What may be said of a camera; a mistake is told with the camera's name and the field."""

from __future__ import annotations

from pathlib import Path

import pytest

from amiko.config import Camera, Config
from amiko.config_file import ConfigError, load
from worker.address import resolve, shown
from worker.errors import SourceError

DOOR = "cameras: [{name: door, url: 0, "


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        (DOOR + "role: exit}]", "role", "input should be 'entrance' or 'checkout'"),
        (DOOR + "rotation: 45}]", "rotation", "input should be 0, 90, 180 or 270"),
        (DOOR + "fps: 0}]", "fps", "input should be greater than 0"),
        (DOOR + "masks: [[[0, 0], [1, 1]]]}]", "masks", "mask 1 needs at least three corners, this one has 2"),
        (DOOR + "masks: [[[0, 0], [1, 1], [1, 0], [0, 1]]]}]", "masks", "mask 1's sides cross each other"),
        ("cameras: [{name: door, url: -1}]", "url", "must be an address, a USB index from 0, a video file"),
        ("cameras: [{name: door, url: ''}]", "url", "must be an address, a USB index from 0, a video file"),
        ("cameras: [{name: door, url: 'ann:secret@10.0.0.1/s'}]", "url", "an address begins with rtsp:// or http://"),
        ("cameras: [{name: door, url: 'rtsp:/ann:secret@h/s'}]", "url", "an address begins with rtsp:// or http://"),
        ("cameras: [{name: door, url: 'http/10.0.0.1/s'}]", "url", "an address begins with rtsp:// or http://"),
        ("cameras: [{name: door, url: 'rtsp://${MY-KEY}@x'}]", "url", "an environment variable is written as ${NAME}"),
    ],
)
def test_a_mistake_names_camera_and_field(tmp_path: Path, text: str, field: str, says: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.yaml")
    assert f"cameras.0.{field}: {says}" in str(caught.value)
    assert str(caught.value).endswith("(camera door)")
    assert "secret" not in str(caught.value)


def test_a_camera_has_its_own_rate_or_the_common_one() -> None:
    config = Config.model_validate(
        {"cameras": [{"name": "a", "url": 0}, {"name": "b", "url": 1, "fps": 3}], "worker": {"fps": 5}}
    )
    assert [config.fps_of(camera) for camera in config.cameras] == [5, 3]


@pytest.mark.parametrize(
    ("url", "opened", "read_by_others"),
    [
        (0, 0, "USB camera 0"),
        ("rtsp://a:${KEY}@10.0.0.1/s", "rtsp://a:p%40%2F%3A@10.0.0.1/s", "rtsp://10.0.0.1/s"),
        ("rtsp://10.0.0.1/user=a&password=${KEY}/s", "rtsp://10.0.0.1/user=a&password=p@/:/s",
         "rtsp://10.0.0.1/user=a&password=***/s"),
        ("http://10.0.0.1/v?loginuse=a&loginpas=${KEY}", "http://10.0.0.1/v?loginuse=a&loginpas=p@/:",
         "http://10.0.0.1/v?***"),
        ("${WHOLE}", "rtsp://b:c@10.0.0.2/t", "${WHOLE}"),
        ("data/film.mp4", "data/film.mp4", "data/film.mp4"),
        ("films/10:30 @home.mp4", "films/10:30 @home.mp4", "films/10:30 @home.mp4"),
    ],
)  # fmt: skip
def test_secrets_come_from_the_environment_and_are_not_shown(
    url: str | int, opened: str | int, read_by_others: str
) -> None:
    camera = Camera(name="door", url=url)
    assert resolve(camera, {"KEY": "p@/:", "WHOLE": "rtsp://b:c@10.0.0.2/t"}) == opened
    assert shown(camera) == read_by_others


def test_a_variable_that_is_not_set_is_named_with_its_camera() -> None:
    with pytest.raises(SourceError, match="camera door: its url needs the environment variable KEY, which is not set"):
        resolve(Camera(name="door", url="rtsp://a:${KEY}@10.0.0.1/s"), {})
