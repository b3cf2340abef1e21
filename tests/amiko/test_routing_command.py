"""amiko routing where nothing is learnt yet; what is learnt is tested with the bot."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    run(database_url, "shops", "list")  # the first command that names the shop
    return database_url


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--db", url])


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
