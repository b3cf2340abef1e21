"""`amiko db copy`, `backup` and `restore`, as a shop runs them."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amiko.cli import app
from db.engine import Database
from tests.databases import ON_POSTGRES
from tests.db.filled import fill

WIDE = {"COLUMNS": "200"}


async def filled(url: str) -> None:
    database = Database(url)
    await database.upgrade()
    async with database.session() as session:
        await fill(session, 5)
    await database.close()


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A shop on SQLite, with a model and the config.yaml of this folder."""
    (tmp_path / "config.yaml").write_text("database: {url: 'sqlite:///shop/amiko.db'}")
    (tmp_path / "shop" / "models").mkdir(parents=True)
    (tmp_path / "shop" / "models" / "churn-1.skops").write_bytes(b"a model")
    url = f"sqlite+aiosqlite:///{tmp_path}/shop/amiko.db"
    asyncio.run(filled(url))
    return url


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
    (tmp_path / "shop" / "amiko.db.unwritten.jsonl").write_text("{}\n")
    result = CliRunner().invoke(app, ["db", "copy", "--from", shop, "--to", "sqlite:///other.db"])
    assert result.exit_code == 1
    assert "start the worker once" in str(result.exception)
    assert not (tmp_path / "other.db").exists()


@pytest.mark.usefixtures("shop")
def test_a_backup_comes_back(tmp_path: Path) -> None:
    saved = CliRunner().invoke(app, ["db", "backup", "monday.tar"])
    assert saved.exit_code == 0, saved.output
    said = r"monday\.tar: \S+ MB, the sqlite database \(schema \d{4}\), 1 models and 0 pictures; checked"
    assert re.search(said, saved.output)

    (tmp_path / "shop" / "models" / "churn-1.skops").unlink()
    refused = CliRunner().invoke(app, ["db", "restore", "monday.tar"])
    assert refused.exit_code == 1
    assert "--force replaces it" in str(refused.exception)

    back = CliRunner().invoke(app, ["db", "restore", "--force", "monday.tar"])
    assert back.exit_code == 0, back.output
    assert f"amiko.db is as it was at {datetime.now(UTC):%Y-%m-%dT}" in back.output
    assert (tmp_path / "shop" / "models" / "churn-1.skops").exists()


@ON_POSTGRES
def test_a_shop_moves_to_postgresql_and_is_saved_there(shop: str, database_url: str) -> None:
    moved = CliRunner().invoke(app, ["db", "copy", "--to", database_url], env=WIDE)
    assert moved.exit_code == 0, moved.output
    assert "DIFFERS" not in moved.output
    saved = CliRunner().invoke(app, ["db", "backup", "monday.tar", "--db", database_url])
    assert saved.exit_code == 0, saved.output
    assert "the postgresql database" in saved.output
    assert "swordfish" not in moved.output + saved.output
