"""`amiko cameras` prints what the worker wrote."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from amiko.cli import app
from db import cameras
from db.cameras import CameraReport
from db.engine import Database

CONFIG = """
cameras:
  - {name: entrance, url: rtsp://192.0.2.1/1}
  - {name: yard, url: rtsp://192.0.2.2/1}
"""


async def worked(url: str) -> datetime:
    """Write a report down; when its last frame was."""
    database = Database(url)
    last = datetime.now(UTC) - timedelta(seconds=3)
    async with database.session() as session:
        await cameras.write(session, [CameraReport("entrance", "stalled", 7.94, 12, 2, 48.6, last)])
    await database.close()
    return last


def rows(output: str) -> dict[str, list[str]]:
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in output.splitlines() if "│" in line]
    return {cells[0]: cells[1:] for cells in lines}


def test_each_configured_camera_has_a_line(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    last = asyncio.run(worked(database_url))

    wide = {"COLUMNS": "120", "AMIKO_DATABASE__URL": database_url}
    result = CliRunner().invoke(app, ["cameras", "--config", str(tmp_path / "config.yaml")], env=wide)

    assert result.exit_code == 0
    entrance, yard = (rows(result.output)[name] for name in ("entrance", "yard"))
    assert entrance[0].startswith("stalled")  # how long ago it was heard of stands there too, where all this took long
    assert entrance[1] == "7.9"
    assert 3 <= int(entrance[2].removesuffix(" s ago")) <= round((datetime.now(UTC) - last).total_seconds())
    assert entrance[3:] == ["49", "2", "12"]
    assert yard[0] == "never watched"


def test_a_shop_without_cameras_is_told_how_to_add_one(tmp_path) -> None:
    (tmp_path / "config.yaml").write_text("cameras: []")

    result = CliRunner().invoke(app, ["cameras", "--config", str(tmp_path / "config.yaml")])

    assert "add one under cameras: in config.yaml" in result.output
