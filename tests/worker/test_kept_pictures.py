"""The worker keeps a visit's picture beside its database: closed where it should be, and no visit is lost for it."""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from db.engine import Database
from db.models import Snapshot, Visit
from db.offering import EVERYBODY
from db.sealing import Seal, new_key
from db.snapshots import NoSeal, Sealing, Snapshots
from tests.visits import new_visit
from worker.recorder import Recorder
from worker.spool import Spool

SEEN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0 a face of somebody \xff\xd9"


@pytest.fixture(params=[None, Seal(new_key()), NoSeal("there is no key")], ids=["plain", "encrypted", "no key"])
def sealing(request: pytest.FixtureRequest) -> Sealing | None:
    return request.param


@pytest.fixture
async def database(database_url: str, tmp_path: Path, sealing: Sealing | None) -> AsyncIterator[Database]:
    database = Database(database_url, sealing=sealing, pictures=tmp_path / "pictures")
    yield database
    await database.close()


async def pictured(database: Database) -> list[str]:
    async with database.reading() as session:
        assert len(list(await session.scalars(select(Visit.id)))) == 1
        return list(await session.scalars(select(Snapshot.visit_id)))


async def test_a_recorded_visit_has_its_picture_unless_there_is_no_key(
    database: Database, sealing: Sealing | None, caplog: pytest.LogCaptureFixture
) -> None:
    visit = new_visit(SEEN, snapshot=JPEG)
    assert await Recorder(database, "camera", EVERYBODY).store(visit)
    if isinstance(sealing, NoSeal):
        assert await pictured(database) == []
        assert f"visit {visit.id} goes without its picture: there is no key" in caplog.text
    else:
        assert await pictured(database) == [visit.id]
        assert database.snapshots.read(visit.id) == JPEG


@pytest.mark.parametrize("sealing", [None])
async def test_no_picture_is_kept_of_a_visit_that_nobody_is_told_of(database: Database) -> None:
    assert await Recorder(database, "replay", None).store(new_visit(SEEN, snapshot=JPEG))
    assert await pictured(database) == []
    assert not database.snapshots.folder.exists()


@pytest.mark.parametrize("sealing", [None])
async def test_where_pictures_cannot_be_written_the_visit_is(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.snapshots.folder.touch()  # a file in the place of the folder
    assert await Recorder(database, "camera", EVERYBODY).store(new_visit(SEEN, snapshot=JPEG))
    assert await pictured(database) == []
    assert "pictures cannot be written" in caplog.text


def test_a_picture_that_waits_for_the_database_lies_on_the_disk_as_it_may(
    tmp_path: Path, sealing: Sealing | None, caplog: pytest.LogCaptureFixture
) -> None:
    spool, visit = Spool(tmp_path / "spool.jsonl", Snapshots(tmp_path, sealing)), new_visit(SEEN, snapshot=JPEG)
    with caplog.at_level(logging.WARNING):
        spool.append([visit])
    lies_there = base64.b64encode(JPEG[:30]) in spool.path.read_bytes()
    assert lies_there == (sealing is None)
    (again,) = spool.read()
    if isinstance(sealing, NoSeal):
        assert (again.id, getattr(again, "snapshot", JPEG)) == (visit.id, None)
        assert "without its picture: there is no key" in caplog.text
    else:
        assert again == visit
