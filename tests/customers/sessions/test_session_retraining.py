"""Nightly retraining of session gender: a better model answers, and no other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from customers.sessions.active import active, keep
from customers.sessions.checked import CheckedLog
from customers.sessions.files import CsvTable
from customers.sessions.frames import Frames
from customers.sessions.importing import import_sessions
from customers.sessions.retraining import retrain
from customers.sessions.rows import SESSION_COLUMNS, VIEW_COLUMNS
from customers.sessions.training import train
from db.engine import Database
from tests.customers.sessions.logs import NOW, generated


async def test_a_model_that_knows_more_visitors_takes_over_and_one_that_knows_no_more_does_not(
    database_url: str, tmp_path: Path
) -> None:
    log = generated(tmp_path / "shop", 3000)
    first = log.sessions.iloc[: len(log.sessions) // 3]
    few = Frames(first, log.views[log.views["session_id"].isin(first["session_id"])])
    database = Database(database_url)
    try:
        assert "no session-gender model answers yet" in (await retrain(database, tmp_path)).sentence
        files = [tmp_path / "shop" / name for name in ("session.csv", "product.csv")]
        stored = CheckedLog(CsvTable(files[0], SESSION_COLUMNS), CsvTable(files[1], VIEW_COLUMNS), NOW)
        await import_sessions(database, stored, NOW, synthetic=True)
        async with database.session() as session:
            await keep(session, tmp_path, train(few, "duckdb", synthetic=True), datetime.now(UTC))

        better = await retrain(database, tmp_path)
        assert better.promoted, better.sentence
        assert "session-gender model 2 answers from now on: ROC-AUC" in better.sentence
        same = await retrain(database, tmp_path)
        assert not same.promoted
        assert "are new to session-gender model 2" in same.sentence
        async with database.reading() as session:
            assert (await active(session, tmp_path)).id == 2
    finally:
        await database.close()
