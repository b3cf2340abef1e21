"""`amiko db copy`, `backup` and `restore`, as a shop runs them."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amiko.cli import app
from db.engine import Database, name_of
from db.errors import DatabaseError
from tests.databases import ON_POSTGRES, ON_SQLITE, rows
from tests.db.filled import fill
from worker.spool import beside

WIDE = {"COLUMNS": "200"}


async def filled(url: str) -> None:
    database = Database(url)
    async with database.session() as session:
        await fill(session, 5)
    await database.close()


@pytest.fixture
def shop(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The shop of this folder, with a model."""
    monkeypatch.setenv("AMIKO_DATABASE__URL", database_url)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "churn-1.skops").write_bytes(b"a model")
    asyncio.run(filled(database_url))
    return database_url


@pytest.mark.usefixtures("shop")
def test_a_copy_shows_both_sides_and_takes_the_models_along(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["db", "copy", "--to", "sqlite:///other/amiko.db"], env=WIDE)

    assert result.exit_code == 0, result.output
    (visits,) = [line for line in result.output.splitlines() if "│ visits " in line]
    there, here, first, second, same = [cell.strip() for cell in visits.split("│")[2:-1]]
    assert (there, here, first, same) == ("5", "5", second, "the same")
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    assert (tmp_path / "other" / "models" / "churn-1.skops").read_bytes() == b"a model"


@pytest.mark.usefixtures("shop")
def test_a_copy_to_what_is_there_fails() -> None:
    CliRunner().invoke(app, ["db", "copy", "--to", "sqlite:///other/amiko.db"])
    again = CliRunner().invoke(app, ["db", "copy", "--to", "sqlite:///other/amiko.db"])
    assert again.exit_code == 1
    assert "is not empty" in str(again.exception)


def test_visits_that_wait_to_be_written_are_not_left_behind(shop: str, tmp_path: Path) -> None:
    unwritten = beside(shop)
    unwritten.parent.mkdir(exist_ok=True)
    unwritten.write_text("{}\n")
    result = CliRunner().invoke(app, ["db", "copy", "--from", shop, "--to", "sqlite:///other.db"])
    assert result.exit_code == 1
    assert "start the worker once" in str(result.exception)
    assert not (tmp_path / "other.db").exists()


def test_a_backup_comes_back(shop: str, database_kind: str, tmp_path: Path) -> None:
    saved = CliRunner().invoke(app, ["db", "backup", "monday.tar"])
    assert saved.exit_code == 0, saved.output
    said = rf"monday\.tar: \S+ MB, the {database_kind} database \(schema \d{{4}}\), 1 models and 0 pictures; checked"
    assert re.search(said, saved.output)

    (tmp_path / "models" / "churn-1.skops").unlink()
    refused = CliRunner().invoke(app, ["db", "restore", "monday.tar"])
    assert refused.exit_code == 1
    assert "--force replaces it" in str(refused.exception)

    back = CliRunner().invoke(app, ["db", "restore", "--force", "monday.tar"])
    assert back.exit_code == 0, back.output
    assert f"{name_of(shop)} is as it was at {datetime.now(UTC):%Y-%m-%dT}" in back.output
    assert (tmp_path / "models" / "churn-1.skops").exists()


def test_a_file_that_is_not_there_is_not_made_to_be_copied(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["db", "copy", "--from", "sqlite:///mistyped.db", "--to", "sqlite:///new.db"])
    assert (result.exit_code, str(result.exception)) == (1, f"there is no database {tmp_path / 'mistyped.db'}")
    assert list(tmp_path.glob("*.db*")) == []


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_a_url_that_is_none_is_told_by_its_option(option: str) -> None:
    urls = {"--from": "sqlite:///old.db", "--to": "sqlite:///new.db"} | {option: "mysql://x"}
    result = CliRunner().invoke(app, ["db", "copy", *(word for pair in urls.items() for word in pair)])
    assert result.exit_code == 1
    assert str(result.exception).startswith(f"{option}: must look like ")


@ON_SQLITE
def test_a_backup_comes_back_on_a_machine_that_has_nothing_yet(shop: str, tmp_path: Path) -> None:
    CliRunner().invoke(app, ["db", "backup", "monday.tar", "--db", shop])
    back = CliRunner().invoke(app, ["db", "restore", "monday.tar", "--db", "sqlite:///new/data/amiko.db"])
    assert back.exit_code == 0, back.exception
    assert rows(f"sqlite+aiosqlite:///{tmp_path}/new/data/amiko.db", "SELECT count(*) FROM visits") == [(5,)]
    assert (tmp_path / "new" / "data" / "models" / "churn-1.skops").read_bytes() == b"a model"


@ON_SQLITE
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("backup", "x" * 300 + ".tar"), "cannot be written (File name too long); choose another name"),
        (("backup", "none/monday.tar"), "the folder none cannot be written (No such file or directory); create it"),
        (("restore", "--force", "monday.tar", "--db", "sqlite:///models"), "models is a folder; set database.url to a"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_where_nothing_can_be_written_is_one_sentence(words: tuple[str, ...], says: str) -> None:
    CliRunner().invoke(app, ["db", "backup", "monday.tar"])
    result = CliRunner().invoke(app, ["db", *words])
    assert result.exit_code == 1
    assert isinstance(result.exception, DatabaseError)
    assert says in str(result.exception)


@ON_POSTGRES  # which a shop moves to from SQLite
def test_a_shop_moves_to_postgresql_and_no_password_is_shown(empty_database_url: str, tmp_path: Path) -> None:
    there = f"sqlite+aiosqlite:///{tmp_path}/shop/amiko.db"
    assert CliRunner().invoke(app, ["db", "upgrade", "--db", there]).exit_code == 0
    asyncio.run(filled(there))
    moved = CliRunner().invoke(app, ["db", "copy", "--from", there, "--to", empty_database_url], env=WIDE)
    assert moved.exit_code == 0, moved.output
    assert "DIFFERS" not in moved.output
    saved = CliRunner().invoke(app, ["db", "backup", "monday.tar", "--db", empty_database_url])
    assert saved.exit_code == 0, saved.output
    assert "the postgresql database" in saved.output
    assert "swordfish" not in moved.output + saved.output
