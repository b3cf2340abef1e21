"""A new model answers, and the files of models that nobody would go back to are deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from customers.model_file import Contents
from customers.promotion import KEPT, promote
from db import trained_models
from db.engine import Database

NOW = datetime(2026, 5, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Learnt:
    contents: Contents
    fingerprint: str = "0" * 64
    protocol: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)


def learnt(steepness: float) -> Learnt:
    """A model of its own for each number."""
    model = LogisticRegression().fit(np.array([[0.0], [1.0 + steepness]]), [0, 1])
    return Learnt(Contents(model, ("promo_share",), {}))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def test_the_active_model_and_the_newest_five_others_keep_their_files(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    async with database.session() as session:
        other = await promote(session, folder, "session-gender", learnt(99), NOW)
        for number in range(KEPT + 3):
            await promote(session, folder, "churn", learnt(number), NOW)
    async with database.reading() as session:
        churn, gender = [await trained_models.history(session, kind) for kind in ("churn", "session-gender")]
    assert [bool(row.file) for row in churn] == [True] * (KEPT + 1) + [False] * 2
    assert [row.id for row in gender if row.file] == [other]
    named = {row.file for row in (*churn, *gender) if row.file}
    assert {file.name for file in folder.iterdir()} == named


async def test_after_going_back_the_model_that_answers_keeps_its_file(database: Database, tmp_path: Path) -> None:
    async with database.session() as session:
        first = await promote(session, tmp_path, "churn", learnt(0), NOW)
        for number in range(1, KEPT + 1):
            await promote(session, tmp_path, "churn", learnt(number), NOW)
        for _ in range(KEPT):
            back = await trained_models.roll_back(session, "churn", NOW)
        assert back is not None
        assert back.id == first
        await promote(session, tmp_path, "churn", learnt(77), NOW)
        gone = await trained_models.roll_back(session, "churn", NOW)
    assert gone is not None
    assert (tmp_path / gone.file).exists()


async def test_a_file_that_two_models_share_stays_for_the_newer_one(database: Database, tmp_path: Path) -> None:
    async with database.session() as session:
        await promote(session, tmp_path, "churn", learnt(0), NOW)
        for number in range(KEPT):
            await promote(session, tmp_path, "churn", learnt(number), NOW)
        await promote(session, tmp_path, "churn", learnt(50), NOW)
        history = await trained_models.history(session, "churn")
    assert [row.file == "" for row in history] == [False] * (KEPT + 1) + [True]
    assert all((tmp_path / row.file).is_file() for row in history if row.file)
