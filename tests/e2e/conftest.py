"""Runs amiko's commands as whole processes, and a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

Run = Callable[..., subprocess.CompletedProcess[str]]


def own_environment() -> dict[str, str]:
    """The environment of a command: no setting from outside, and wide, so that tables and sentences are not broken in
    the middle of a word that a test looks for."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AMIKO_")} | {"COLUMNS": "200"}


@pytest.fixture
def amiko(tmp_path: Path) -> Run:
    """`amiko("replay", file)` in an empty folder, without any setting from outside."""
    environment = own_environment()

    def run(*arguments: object, seconds: float = 180, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "amiko", *map(str, arguments)],
            cwd=tmp_path,
            env=environment | extra,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    return run


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium; tests that need it skip where none is installed."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (chromium or google-chrome)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()
