"""amiko routing, as a shop runs it; what is learnt is tested with the bot."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app
from db.engine import Database
from tests.outcomes import told


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    run(database_url, "shops", "list")  # the first command that names the shop
    return database_url


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--db", url])


async def outcomes(url: str, number: int) -> None:
    database = Database(url)
    await told(database, number, first=datetime.now(UTC) - timedelta(hours=2 * number))
    await database.close()


def test_a_new_database_says_that_the_rules_answer_and_what_it_takes_to_learn(url) -> None:
    assert "the rules" in run(url, "routing", "status").stdout
    assert json.loads(run(url, "routing", "status", "--json").stdout) == [
        {"shop": "Amiko", "answers": None, "tried": []}
    ]
    assert run(url, "routing", "train").stdout == ("Amiko: 0 outcomes; 100 are needed before anything can be judged.\n")
    back = run(url, "routing", "rollback")
    assert (back.exit_code, str(back.exception)) == (
        1,
        "Amiko: the rules of config.yaml answer already; there is nothing to go back from",
    )


def test_a_shop_may_have_any_name_and_a_wrong_one_is_told(url) -> None:
    name = 'O\'Neil & "Сын" [/b] [red]🏪'
    assert run(url, "shops", "rename", "Amiko", name).exit_code == 0
    listed = run(url, "routing", "status")
    assert listed.exit_code == 0
    assert name in listed.stdout
    wrong = run(url, "routing", "rollback", "--shop", "Север")
    assert (wrong.exit_code, str(wrong.exception)[:27]) == (1, "no shop is called 'Север'; ")


def test_what_was_learnt_answers_until_it_is_taken_back(url) -> None:
    asyncio.run(outcomes(url, 300))
    tried = json.loads(run(url, "routing", "evaluate", "--json").stdout)
    assert "would answer from now on" in tried[0]["sentence"]
    assert json.loads(run(url, "routing", "status", "--json").stdout)[0]["tried"] == []

    assert "what was learnt answers from now on" in run(url, "routing", "train").stdout
    answers = json.loads(run(url, "routing", "status", "--json").stdout)[0]["answers"]
    assert answers is not None
    assert "now" in run(url, "routing", "status").stdout

    assert run(url, "routing", "rollback").stdout == f"Amiko: the rules answer again instead of model {answers}.\n"
    assert json.loads(run(url, "routing", "status", "--json").stdout)[0]["answers"] is None
    assert "nothing was told since it was last tried" in run(url, "routing", "train").stdout
