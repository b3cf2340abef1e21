"""amiko customers segments: all of them beside the rest, one with what sets it apart, and its customers in a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app
from db.engine import Database
from tests.bot.online import customer, imported, open_for_business


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    return database_url


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["customers", "segments", *arguments, "--db", url])


def with_shop(url: str, work: Callable[[Any], Any]) -> None:
    async def connected() -> None:
        database = Database(url)
        try:
            await work(SimpleNamespace(database=database))
        finally:
            await database.close()

    asyncio.run(connected())


def test_every_segment_stands_beside_the_rest(url) -> None:
    with_shop(url, open_for_business)
    told = run(url).stdout
    row = next(line for line in told.splitlines() if "leaving_promo" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "leaving_promo",
        "24 (60%)",
        "89% / 10%",
        "5,000 / 5,000",
        "5.00 / 4.00",
        "106,500, 106",
    ]
    assert "40 customers" in told
    assert "SYNTHETIC" not in told


def test_one_segment_is_told_with_what_sets_it_apart(url) -> None:
    with_shop(url, open_for_business)
    told = run(url, "Likely to leave, mostly promo purchases").stdout
    assert "(leaving_promo): churn >= 0.7 and promo_share > 0.5" in told
    assert "24 customers, 60.0% of 40" in told
    assert any("category = kids" in line and "100%" in line and "+1.00" in line for line in told.splitlines())
    assert "promo_share " not in told.partition("what sets them apart")[2]


def test_its_customers_are_written_to_a_file_with_their_offers(url, tmp_path) -> None:
    with_shop(url, open_for_business)
    assert "Wrote" in run(url, "leaving_promo", "--csv", "promo.csv").stdout
    lines = (tmp_path / "promo.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 25
    assert "Накопительная скидка вместо разовых акций" in lines[1]


def test_what_is_generated_or_not_scored_is_said(url) -> None:
    with_shop(url, lambda shop: imported(shop, [customer(1, synthetic=True), customer(2, synthetic=True)]))
    told = run(url).stdout
    assert "SYNTHETIC: these customers were generated and never lived." in told
    assert "2 of 2 are not scored yet; amiko customers train churn does that." in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["aplliances"], "no segment is called aplliances; did you mean appliances?"),
        (["zzz"], "no segment is called zzz; there are: leaving_profitable, leaving_promo"),
        (["--csv", "x.csv"], "name it: amiko customers segments NAME --csv FILE"),
        (["appliances", "--csv", "none/x.csv"], "--csv none/x.csv cannot be written (No such file or directory)"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(url, arguments, says) -> None:
    with_shop(url, open_for_business)
    result = run(url, *arguments)
    assert result.exit_code == 1
    assert says in str(result.exception)


def test_without_customers_it_says_what_to_do(url) -> None:
    assert "amiko customers import DIR does that" in str(run(url).exception)
