"""A simulator on a free port, and the real python-telegram-bot client that talks to it over HTTP."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image
from telegram import Bot

from bot.simulator.server import Simulator


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Bot]:
    """A bot whom Anna (1001) and Boris (1002) have written to, and Vera (1003) has not."""
    await simulator.say(1001, "/start")
    await simulator.say(1002, "/start")
    async with Bot(simulator.token, base_url=simulator.base_url, base_file_url=simulator.base_file_url) as client:
        yield client


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A real photo's bytes, 60 × 40 px."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((60, 40)).save(buffer, "JPEG")
    return buffer.getvalue()
