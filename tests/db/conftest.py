"""A real database for each test, of both kinds, and visits and people to put into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from db import staff
from db.engine import Database
from db.models import Staff
from db.visits import NewVisit
from tests.visits import new_visit

SEEN = datetime(2026, 5, 4, 12, 30, 15, 250_000, tzinfo=UTC)

MakeVisit = Callable[..., NewVisit]
Hire = Callable[[str, int], Awaitable[Staff]]


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
def make_visit() -> MakeVisit:
    def make(**changes: Any) -> NewVisit:
        return new_visit(SEEN, **{"snapshot": b"\xff\xd8 a picture", **changes})

    return make


@pytest.fixture
def hire(database: Database) -> Hire:
    """Adds an assistant who has logged in and waits."""

    async def hire(name: str, telegram_id: int) -> Staff:
        async with database.session() as session:
            person = await staff.add(session, name, "assistant", telegram_id=telegram_id)
            await staff.login(session, telegram_id=telegram_id, username=None, chat_id=telegram_id)
            await staff.set_status(session, person.id, "waiting")
        return person

    return hire
