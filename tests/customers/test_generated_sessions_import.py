"""Generated sessions are known as such in the database, make way for real ones, and never join them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from typer.testing import CliRunner, Result

from amiko.cli import app
from customers.generated.files import write_shop


def imported(folder: Path, file: Path) -> Result:
    log = [str(folder / "session.csv"), str(folder / "product.csv")]
    return CliRunner().invoke(app, ["customers", "import-sessions", *log, "--db", f"sqlite:///{file}"])


def sessions(file: Path) -> list[tuple[int, int]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("SELECT synthetic, count(*) FROM shop_sessions GROUP BY synthetic").fetchall()
    finally:
        connection.close()


def test_generated_sessions_make_way_for_real_ones_and_never_join_them(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    write_shop(tmp_path / "generated", customers=20, sessions=60, seed=1)
    write_shop(tmp_path / "real", customers=20, sessions=40, seed=2)
    (tmp_path / "real" / "SYNTHETIC").unlink()

    assert "SYNTHETIC: these sessions were generated" in imported(tmp_path / "generated", file).stdout
    assert sessions(file) == [(1, 60)]
    assert "SYNTHETIC" not in imported(tmp_path / "real", file).stdout
    assert sessions(file) == [(0, 40)]
    refused = imported(tmp_path / "generated", file)
    assert "marked synthetic, and the database holds real sessions" in str(refused.exception)
    assert sessions(file) == [(0, 40)]
