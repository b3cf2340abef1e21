"""A shop that is cut off; only a server can be, so every test here is on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cut_shop import CutShop
from worker import standby as standbys
from worker import writer as writers


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "RETRY_SECONDS", (0.1,))
    monkeypatch.setattr(standbys, "AFTER_SECONDS", 0.3)


@pytest.fixture
def database_kind() -> str:
    """The one that can be cut off."""
    return "postgresql"


@pytest.fixture
async def cut_shop(database_url: str, tmp_path: Path, _migrated_file: Path) -> AsyncIterator[CutShop]:
    shutil.copyfile(_migrated_file, tmp_path / "standby.db")
    shop = CutShop(database_url, tmp_path)
    await shop.open()
    yield shop
    await shop.close()
