"""amiko shops, and who works in which."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app


@pytest.fixture
def url(empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "config.yaml").write_text("store: {name: Запад, timezone: Europe/Kaliningrad}\n", encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "200")
    return empty_database_url


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--db", url])


def test_a_new_database_has_the_shop_of_config_yaml(url) -> None:
    listed = run(url, "shops", "list").stdout
    assert ("Запад" in listed, "Europe/Kaliningrad" in listed) == (True, True)


def test_a_shop_is_added_named_anew_set_to_a_clock_and_removed(url) -> None:
    assert "Восток is there" in run(url, "shops", "add", "Восток", "--time-zone", "Asia/Vladivostok").stdout
    assert run(url, "shops", "rename", "восток", "Дальний Восток").exit_code == 0
    assert run(url, "shops", "clock", "дальний восток", "Asia/Kamchatka").exit_code == 0
    listed = run(url, "shops", "list").stdout
    assert ("Дальний Восток" in listed, "Asia/Kamchatka" in listed, "Asia/Vladivostok" in listed) == (True, True, False)
    assert run(url, "shops", "remove", "ДАЛЬНИЙ ВОСТОК").exit_code == 0
    assert "Восток" not in run(url, "shops", "list").stdout


def test_people_belong_to_the_shop_that_is_said_or_to_that_of_config_yaml(url) -> None:
    run(url, "shops", "add", "Восток", "--time-zone", "Asia/Vladivostok")
    run(url, "staff", "add", "Анна", "--telegram-id", "1")
    run(url, "staff", "add", "Борис", "--telegram-id", "2", "--shop", "восток")
    run(url, "staff", "add", "Шеф", "--telegram-id", "3", "--role", "chain_manager")

    everybody = run(url, "staff", "list").stdout
    assert all(words in everybody for words in ("Анна", "Борис", "Шеф", "chain_manager", "Запад", "Восток"))
    only = run(url, "staff", "list", "--shop", "ВОСТОК").stdout
    assert ("Борис" in only, "Анна" in only) == (True, False)

    assert run(url, "staff", "move", "1", "восток").stdout == "Анна works in Восток now.\n"
    assert run(url, "staff", "role", "2", "manager").stdout == "Борис is manager in Восток now.\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("shops", "clock", "Север", "UTC"), "no shop is called 'Север'; there is Запад"),
        (("shops", "clock", "Запад", "Mars/Olympus"), "no time zone is called 'Mars/Olympus'"),
        (("shops", "add", "ЗАПАД", "--time-zone", "UTC"), "a shop is called Запад already"),
        (("shops", "remove", "запад"), "Запад is the only shop"),
        (("shops", "add", "All", "--time-zone", "UTC"), "which stands for all shops at once, as in /stats all"),
        (("staff", "add", "Анна", "--telegram-id", "1", "--shop", "Север"), "no shop is called 'Север'"),
    ],
)
def test_what_cannot_be_is_said(url, words, says) -> None:
    assert says in str(run(url, *words).exception)


def test_a_config_yaml_that_calls_a_new_shop_by_a_word_for_all_of_them_is_refused(url, tmp_path) -> None:
    (tmp_path / "config.yaml").write_text("store: {name: Все}\n", encoding="utf-8")
    assert "store.name in config.yaml is 'Все'" in str(run(url, "shops", "list").exception)
