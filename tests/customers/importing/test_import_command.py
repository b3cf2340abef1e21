"""amiko customers import: what it says, what the database holds after it, and that a bad file changes nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app
from customers.drift import reference
from customers.errors import CustomersError
from customers.importing.customer_files import read_customer_files
from db import trained_models
from db.engine import Database
from db.trained_models import NewModel
from tests.conftest import SHARED_DATA
from tests.databases import rows


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    return database_url


def run(url: str, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["customers", *map(str, arguments), "--db", url])


def stored(url: str) -> list[list[tuple]]:
    """All that is known of customers."""
    tables = {"customers": "id", "customer_months": "customer_id, period", "customer_quarantine": "id"}
    return [rows(url, f"SELECT * FROM {table} ORDER BY {key}") for table, key in tables.items()]


def test_an_import_says_what_came_and_again_what_changed_and_nobody_stands_twice(export, url) -> None:
    first = run(url, "import", export.folder)
    export.replace("money.csv", "4.16", "5.16")
    second = run(url, "import", export.folder)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "3 customers: 3 new, 0 brought up to date." in first.stdout
    assert "3 customers: 0 new, 3 brought up to date." in second.stdout
    assert rows(url, "SELECT id, profit FROM customers") == [(11, 0.98), (12, 5.16), (13, 3.13)]
    assert rows(url, "SELECT count(*), sum(revenue), sum(minutes) FROM customer_months") == [(9, 33294.6, 70.0)]


def test_customers_whom_the_new_files_do_not_name_stay(export, url) -> None:
    run(url, "import", export.folder)
    for name in ("market_file.csv", "market_money.csv", "market_time.csv", "money.csv"):
        lines = [line for line in export.text(name).splitlines() if not line.startswith(("11,", "12,"))]
        (export.folder / name).write_text("\n".join(lines).replace("13,", "14,"), encoding="utf-8")

    assert "1 customers: 1 new" in run(url, "import", export.folder).stdout
    assert rows(url, "SELECT id FROM customers ORDER BY id") == [(11,), (12,), (13,), (14,)]


def test_mends_and_doubts_are_told_and_quarantine_shows_them_until_the_next_import(export, url) -> None:
    export.replace("market_file.csv", "12,Прежний уровень,стандарт,", "12,Прежний уровень,стандартт,")
    export.replace("market_money.csv", "5457.5", "-5457.5")

    said = run(url, "import", export.folder).stdout
    assert "Mended: market_file.csv, Тип сервиса: 'стандартт' → 'стандарт', once (line 3)." in said
    assert "Left out, as they cannot be trusted: 2 rows (amiko customers quarantine shows them)." in said
    assert "  market_money.csv, line 10: Выручка: -5457.5 is negative" in said

    shown = run(url, "quarantine").stdout
    assert "13,предыдущий_месяц,-5457.5" in shown
    held = json.loads(run(url, "quarantine", "customers", "--json", "--limit", "1").stdout)
    assert (held["count"], len(held["rows"]), held["rows"][0]["line"]) == (2, 1, 10)

    export.replace("market_money.csv", "-5457.5", "5457.5")
    run(url, "import", export.folder)
    assert run(url, "quarantine").stdout == "No row is in quarantine.\n"


def _cut(folder: Path) -> None:
    (folder / "money.csv").write_bytes(b"")


def _no_rows(folder: Path) -> None:
    (folder / "market_time.csv").write_text("id,Период,минут\n\n", encoding="utf-8")


def _other_columns(folder: Path) -> None:
    (folder / "market_money.csv").write_text("id,Месяц,Выручка\n11,5,1\n", encoding="utf-8")


def _another_file(folder: Path) -> None:
    (folder / "market_money.csv").write_text("name;price\nmug;5\n", encoding="utf-8")


def _twice(folder: Path) -> None:
    (folder / "money.csv").write_text("id,Прибыль,прибыль\n11,1,2\n", encoding="utf-8")


def _koi8(folder: Path) -> None:
    text = (folder / "market_money.csv").read_text(encoding="utf-8")
    (folder / "market_money.csv").write_bytes(text.encode("koi8-r"))


def _utf16(folder: Path) -> None:
    text = (folder / "market_money.csv").read_text(encoding="utf-8")
    (folder / "market_money.csv").write_bytes(text.encode("utf-16"))


def _picture(folder: Path) -> None:
    (folder / "market_file.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)))


def _gone(folder: Path) -> None:
    (folder / "market_time.csv").unlink()


def _folder(folder: Path) -> None:
    _gone(folder)
    (folder / "market_time.csv").mkdir()


def _quote(folder: Path) -> None:
    text = (folder / "money.csv").read_text(encoding="utf-8")
    (folder / "money.csv").write_text(text.replace("12,4.16", '12,"4.16'), encoding="utf-8")


def _nonsense(folder: Path) -> None:
    (folder / "money.csv").write_text("id,Прибыль\n11,a\n12,b\n13,c\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_cut, "money.csv is empty; export it again"),
        (_no_rows, "market_time.csv has no rows below its first line"),
        (
            _other_columns,
            "market_money.csv: the column Период is missing; the first line must name id, Период, Выручка, in",
        ),
        (_another_file, "market_money.csv: the first line names none of the columns id, Период, Выручка"),
        (_twice, "money.csv: the column прибыль stands twice"),
        (_koi8, "market_money.csv: the columns Период, Выручка are missing"),
        (_utf16, "market_money.csv is UTF-16 text; save it as UTF-8"),
        (_picture, "market_file.csv is not a text file"),
        (_gone, "market_time.csv: no such file; the folder must hold all four"),
        (_folder, "market_time.csv cannot be read: Is a directory"),
        (_quote, "money.csv, line 4: not csv text"),
        (
            _nonsense,
            "no customer can be trusted, so nothing was imported. 6 rows are wrong: money.csv, line 2: Прибыль: a",
        ),
    ],
)
def test_a_bad_file_is_one_sentence_and_leaves_the_database_as_it_was(export, url, spoil, says: str) -> None:
    run(url, "import", export.folder)
    before = stored(url)
    spoil(export.folder)

    refused = run(url, "import", export.folder)

    assert refused.exit_code != 0
    assert isinstance(refused.exception, CustomersError)
    assert says in str(refused.exception)
    assert stored(url) == before


def test_a_refusal_is_one_line_on_a_terminal_and_a_code_for_scripts_and_opens_no_database(
    export, tmp_path: Path
) -> None:
    _cut(export.folder)

    command = [sys.executable, "-m", "amiko", "customers", "import", export.folder, "--db", "sqlite:///shop.db"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"amiko: {export.folder / 'money.csv'} is empty; export it again\n"
    assert not (tmp_path / "shop.db").exists()


def test_a_folder_that_is_none_is_told_which_files_it_should_hold(tmp_path: Path) -> None:
    said = str(run("sqlite:///shop.db", "import", tmp_path / "nowhere").exception)
    assert (
        "nowhere is no folder; name the one that holds market_file.csv, market_money.csv, market_time.csv and" in said
    )
    assert not (tmp_path / "shop.db").exists()


def test_generated_customers_make_way_for_real_ones_and_never_join_them(export, url) -> None:
    (export.folder / "SYNTHETIC").touch()
    assert "SYNTHETIC: these customers were generated" in run(url, "import", export.folder).stdout
    (export.folder / "SYNTHETIC").unlink()

    for name in ("market_file.csv", "market_money.csv", "market_time.csv", "money.csv"):
        (export.folder / name).write_text(export.text(name).replace("\n1", "\n2"), encoding="utf-8")
    assert "SYNTHETIC" not in run(url, "import", export.folder).stdout
    assert rows(url, "SELECT id, synthetic FROM customers") == [(21, 0), (22, 0), (23, 0)]

    (export.folder / "SYNTHETIC").touch()
    refused = run(url, "import", export.folder)
    assert "marked synthetic, and the database holds real customers" in str(refused.exception)


async def activate(url: str, known: object) -> None:
    """Put a churn model into the database that remembers what it learnt from."""
    database, now = Database(url), datetime.now(UTC)
    protocol = {"reference": known, "file_sha256": "0" * 64}
    async with database.session() as session:
        number = await trained_models.record(session, NewModel("churn", "churn.skops", "", protocol, {}, now))
        await trained_models.activate(session, number, now)
    await database.close()


def test_an_import_says_how_far_customers_have_moved_from_the_models_and_what_to_do(tmp_path: Path, url) -> None:
    shop = tmp_path / "shop"
    run_generated = CliRunner().invoke(app, ["customers", "demo-data", str(shop), "--customers", "400"])
    assert run_generated.exit_code == 0
    assert "drift" not in run(url, "import", shop).stdout.lower()
    asyncio.run(activate(url, reference(read_customer_files(shop).customers)))

    said = run(url, "import", shop).stdout
    assert "The customers are imported, but not scored: " in said  # this model has no file
    assert "No drift from what churn model 1 learnt from: the largest PSI is 0.00." in said

    text = (shop / "market_time.csv").read_text(encoding="utf-8").splitlines()
    in_seconds = [text[0], *(line[: line.rindex(",")] + f",{int(line.rsplit(',', 1)[1]) * 60}" for line in text[1:])]
    (shop / "market_time.csv").write_text("\n".join(in_seconds), encoding="utf-8")
    said = run(url, "import", shop).stdout

    assert "Drift from what churn model 1 learnt from:" in said
    assert "  minutes_current: PSI " in said
    assert "check that the files count in the same units as before; then train again with amiko customers train" in said


def test_the_original_files_lose_one_customer_to_a_slip_and_mend_three_words(url) -> None:
    folder = SHARED_DATA / "churn"
    if not folder.is_dir():
        pytest.skip("the files in ../shared/data/churn are not here")

    said = run(url, "import", folder).stdout

    assert "1099 customers: 1099 new" in said
    for word, times in (("стандартт", 7), ("Косметика и аксесуары", 189), ("предыдцщий_месяц", 1100)):
        assert f"'{word}' →" in said
        assert f", {times} times (" in said
    assert "market_money.csv, line 88: Выручка: 106862.2 is implausible" in said
    assert "market_file.csv, line 30: nothing that can be trusted is known of: revenue_current" in said
