"""Fixtures that several folders of tests share; those of databases are explained in `tests/databases.py`."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from amiko.clip import make_clip
from tests.databases import (  # noqa: F401  (fixtures are found in this module)
    _migrated_file,
    _migrated_template,
    database_kind,
    database_url,
    empty_database_url,
    module_database_url,
    module_folder,
    postgres_databases,
    postgres_server,
)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn demo clip: Eileen Collins comes in at 1 s, Grace Hopper at 9.5 s."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    make_clip(path)
    return path


@pytest.fixture(scope="session")
def shared_video() -> Path:
    """The folder of real footage, where this checkout has it beside it."""
    folder = SHARED_DATA / "video"
    if not folder.is_dir():
        pytest.skip("the footage in ../shared/data/video is not here")
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A volume of 16 MB, which only root may make."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip() if mounted else 'there is no mount'}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """Programs that tests start hear of Ctrl-C even where a shell, which ran the tests in the background, does not."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests see no AMIKO_ variables of the developer, and no config.yaml of the checkout."""
    import os

    for name in list(os.environ):
        if name.startswith("AMIKO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
