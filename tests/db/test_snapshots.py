"""Pictures on the disk: whole or not there, closed where they should be, and gone when their time is over."""

from __future__ import annotations

import asyncio
import os
import random
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db import retention, visits
from db.engine import Database
from db.models import Snapshot, Visit
from db.sealing import Seal, new_key
from db.snapshots import NoSeal, SnapshotError, Snapshots

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=1)  # the whole suite may run between this line and a test
EARLIER = NOW - timedelta(hours=1)
JPEG = b"\xff\xd8\xff\xe0 a face of somebody \xff\xd9"
ID = "00000000-0000-4000-8000-000000000001"


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def make_old(file: Path) -> None:
    two_hours_ago = NOW.timestamp() - 7200
    os.utime(file, (two_hours_ago, two_hours_ago))


async def pictured(database: Database, visit: visits.NewVisit, created_at: datetime = NOW) -> None:
    """A visit whose picture was made at this time."""
    database.snapshots.write(visit.id, JPEG)
    async with database.session() as session:
        await visits.record(session, visit, notify=False)
        (await session.get_one(Snapshot, visit.id)).created_at = created_at


async def rows(database: Database) -> set[str]:
    async with database.reading() as session:
        return set(await session.scalars(select(Snapshot.visit_id)))


@pytest.mark.parametrize("sealing", [None, Seal(new_key())], ids=["plain", "encrypted"])
def test_a_picture_comes_back_and_only_its_owner_may_read_it(tmp_path, sealing) -> None:
    store = Snapshots(tmp_path / "pictures", sealing)
    assert store.read(ID) is None
    store.write(ID, JPEG)
    assert store.read(ID) == JPEG
    (file,) = store.folder.iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (store.folder, file)] == [0o700, 0o600]
    store.write(ID, JPEG.replace(b"face", b"hand"))
    assert b"hand" in (store.read(ID) or b"")
    assert len(files(store.folder)) == 1


def test_a_folder_that_others_could_read_is_closed_to_them(tmp_path) -> None:
    tmp_path.chmod(0o755)
    Snapshots(tmp_path).write(ID, JPEG)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_nothing_of_a_picture_is_seen_in_an_encrypted_file(tmp_path) -> None:
    store = Snapshots(tmp_path, Seal(new_key()))
    for n in range(200):  # what is random may hold two certain bytes by chance, what is base64 never
        store.write(f"{ID[:-3]}{n:03}", JPEG * 50)
    data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for sign in (b"\xff\xd8", b"JFIF", b"a face", b"\xff\xd9"):
        assert sign not in data


def test_a_key_is_replaced_by_putting_a_new_one_before_it(tmp_path, caplog) -> None:
    old, new = new_key(), new_key()
    Snapshots(tmp_path, Seal(old)).write(ID, JPEG)
    both, only_new = Snapshots(tmp_path, Seal(f"{new},{old}")), Snapshots(tmp_path, Seal(new))

    assert (both.trouble(), both.read(ID)) == (None, JPEG)
    assert only_new.read(ID) is None
    assert f"the picture of visit {ID} cannot be shown: no key in AMIKO_PRIVACY__KEY opens it" in caplog.text
    assert "holds 1 that no key in AMIKO_PRIVACY__KEY opens" in str(only_new.trouble())
    both.write(ID, JPEG)
    assert (only_new.trouble(), only_new.read(ID)) == (None, JPEG)


@pytest.mark.parametrize("keys", ["", ",", "secret", "ключ", "{new},oops"])
def test_what_is_no_key_is_refused_without_telling_it(keys) -> None:
    with pytest.raises(SnapshotError, match="AMIKO_PRIVACY__KEY holds no key, or something beside keys") as caught:
        Seal(keys.format(new=new_key()))
    assert "secret" not in str(caught.value)


def test_without_a_key_nothing_is_kept_rather_than_plain(tmp_path) -> None:
    store = Snapshots(tmp_path / "pictures", NoSeal("there is no key"))
    assert store.trouble() == "there is no key"
    with pytest.raises(SnapshotError, match="there is no key"):
        store.write(ID, JPEG)
    assert files(tmp_path) == []


def test_an_encrypted_picture_is_not_shown_where_pictures_are_plain_again(tmp_path, caplog) -> None:
    Snapshots(tmp_path, Seal(new_key())).write(ID, JPEG)
    assert Snapshots(tmp_path).read(ID) is None
    assert "it is encrypted, and privacy.snapshot_files is plain" in caplog.text


@pytest.mark.parametrize("data", [b"", JPEG[:-2], b"\x00" * 500])
@pytest.mark.parametrize("sealing", [None, Seal(new_key())], ids=["plain", "encrypted"])
def test_a_damaged_file_is_no_picture(tmp_path, sealing, data, caplog) -> None:
    store = Snapshots(tmp_path, sealing)
    store.write(ID, JPEG)
    (file,) = tmp_path.iterdir()
    file.write_bytes(data)
    assert store.read(ID) is None
    assert "cannot be shown" in caplog.text


def test_a_folder_that_cannot_be_written_is_said(tmp_path) -> None:
    (tmp_path / "pictures").touch()
    with pytest.raises(SnapshotError, match="pictures cannot be written"):
        Snapshots(tmp_path / "pictures").write(ID, JPEG)


async def test_an_old_picture_goes_with_its_row_and_its_visit_stays(database, make_visit) -> None:
    old, young = make_visit(), make_visit()
    await pictured(database, old, NOW - timedelta(hours=2))
    await pictured(database, young)

    assert await retention.purge_snapshots(database, EARLIER) == 1

    assert (files(database.snapshots.folder), await rows(database)) == ([f"{young.id}.jpg"], {young.id})
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Visit)) == 2


async def test_a_file_without_a_row_goes_once_its_row_can_no_longer_be_under_way(database) -> None:
    folder = database.snapshots.folder
    database.snapshots.write("lost", JPEG)
    database.snapshots.write("under-way", JPEG)
    (folder / "tmpabc.part").write_bytes(JPEG[:9])
    (folder / "notes.txt").write_text("not ours")
    for name in ("lost.jpg", "tmpabc.part", "notes.txt"):
        make_old(folder / name)

    await retention.purge_snapshots(database, EARLIER)

    assert files(folder) == ["notes.txt", "under-way.jpg"]


async def test_a_row_without_a_file_goes_and_the_folder_that_is_not_shared_is_told_of(
    database, make_visit, caplog
) -> None:
    await pictured(database, make_visit())
    (file,) = database.snapshots.folder.iterdir()
    file.unlink()
    assert await retention.purge_snapshots(database, EARLIER) == 1
    assert await rows(database) == set()
    assert f"1 new pictures are not in {database.snapshots.folder}" in caplog.text


async def test_a_picture_of_a_purged_visit_goes_too(database, make_visit) -> None:
    await pictured(database, make_visit())
    async with database.session() as session:
        assert await retention.purge_visits(session, LATER, 10) == 1
    (file,) = database.snapshots.folder.iterdir()
    make_old(file)
    await retention.purge_snapshots(database, EARLIER)
    assert files(database.snapshots.folder) == []


async def test_a_file_that_cannot_be_deleted_keeps_its_row_and_holds_up_no_other(database, make_visit, caplog) -> None:
    stuck, old = make_visit(), make_visit()
    for visit in (stuck, old):
        await pictured(database, visit, NOW - timedelta(hours=2))
    file = database.snapshots.folder / f"{stuck.id}.jpg"
    file.unlink()
    file.mkdir()  # which no `unlink` removes

    assert await retention.purge_snapshots(database, EARLIER) == 1

    assert await rows(database) == {stuck.id}
    assert f"{stuck.id}.jpg is looked at again in an hour" in caplog.text


async def test_where_the_folder_cannot_be_read_every_row_stays(database, make_visit) -> None:
    visit = make_visit()
    await pictured(database, visit, NOW - timedelta(hours=2))
    folder = database.snapshots.folder
    folder.rename(folder.with_suffix(".away"))
    folder.touch()  # as good as a disk that is not mounted

    with pytest.raises(SnapshotError, match="cannot be read"):
        await retention.purge_snapshots(database, EARLIER)

    assert await rows(database) == {visit.id}
    assert database.snapshots.trouble() is not None


async def test_pictures_from_plain_times_are_encrypted(url, make_visit) -> None:
    plain, sealed = Database(url), Database(url, sealing=Seal(new_key()))
    await plain.upgrade()
    visit = make_visit()
    await pictured(plain, visit)

    assert await retention.purge_snapshots(sealed, EARLIER) == 0

    assert files(sealed.snapshots.folder) == [f"{visit.id}.sealed"]
    assert b"\xff\xd8" not in (sealed.snapshots.folder / f"{visit.id}.sealed").read_bytes()
    assert sealed.snapshots.read(visit.id) == JPEG
    await plain.close()
    await sealed.close()


RECORDS_UNTIL_KILLED = """
import asyncio, sys, uuid
from datetime import UTC, datetime
from db import visits
from db.engine import Database
from db.sealing import Seal
from tests.visits import new_visit

async def main():
    database = Database(sys.argv[1], sealing=Seal(sys.argv[2]) if sys.argv[2] else None)
    while True:
        visit = new_visit(datetime.now(UTC), snapshot=b"\\xff\\xd8" + bytes(200_000) + b"\\xff\\xd9")
        database.snapshots.write(visit.id, visit.snapshot)
        async with database.session() as session:
            await visits.record(session, visit, notify=False)
        print(visit.id, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("key", ["", new_key()], ids=["plain", "encrypted"])
async def test_whatever_a_kill_leaves_is_found_by_the_purge(database, url, key, tmp_path) -> None:
    told: list[str] = []
    chance = random.Random(5)
    for _ in range(4):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", RECORDS_UNTIL_KILLED, url, key,
            stdout=asyncio.subprocess.PIPE,
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        assert process.stdout is not None
        told.append((await process.stdout.readline()).decode().strip())
        await asyncio.sleep(chance.uniform(0, 0.05))
        process.kill()
        told += (await process.stdout.read()).decode().split()
        await process.wait()
    store = Database(url, sealing=Seal(key)).snapshots if key else database.snapshots
    for file in store.folder.iterdir():
        make_old(file)

    await retention.purge_snapshots(database, EARLIER)

    kept = await rows(database)
    assert (
        {file.stem for file in store.folder.iterdir()} == kept >= {visit_id for visit_id in told if len(visit_id) == 36}
    )
    assert all(len(store.read(visit_id) or b"") == 200_004 for visit_id in kept)
    assert await retention.purge_snapshots(database, LATER) == len(kept)
    assert files(store.folder) == []
