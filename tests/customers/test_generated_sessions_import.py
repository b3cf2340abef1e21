"""Generated sessions are known as such in the database, make way for real ones, and never join them."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from amiko.cli import app
from customers.generated.files import write_shop
from tests.databases import rows


def imported(folder: Path, url: str) -> Result:
    log = [str(folder / "session.csv"), str(folder / "product.csv")]
    return CliRunner().invoke(app, ["customers", "import-sessions", *log, "--db", url])


def sessions(url: str) -> list[tuple[int, int]]:
    return rows(url, "SELECT synthetic, count(*) FROM shop_sessions GROUP BY synthetic")


def test_generated_sessions_make_way_for_real_ones_and_never_join_them(database_url: str, tmp_path: Path) -> None:
    write_shop(tmp_path / "generated", customers=20, sessions=60, seed=1)
    write_shop(tmp_path / "real", customers=20, sessions=40, seed=2)
    (tmp_path / "real" / "SYNTHETIC").unlink()

    assert "SYNTHETIC: these sessions were generated" in imported(tmp_path / "generated", database_url).stdout
    assert sessions(database_url) == [(1, 60)]
    assert "SYNTHETIC" not in imported(tmp_path / "real", database_url).stdout
    assert sessions(database_url) == [(0, 40)]
    refused = imported(tmp_path / "generated", database_url)
    assert "marked synthetic, and the database holds real sessions" in str(refused.exception)
    assert sessions(database_url) == [(0, 40)]
