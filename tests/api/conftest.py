"""Fixtures of the service's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.server import Place
from tests.e2e.conftest import amiko

__all__ = ["amiko"]


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    """Where a test serves its own database, on both kinds."""
    return Place(tmp_path, database_url)


@pytest.fixture(scope="module")
def shared_place(module_folder: Path, module_database_url: str) -> Place:
    """Where the tests of a module ask one service."""
    return Place(module_folder, module_database_url)
