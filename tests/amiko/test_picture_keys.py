"""Encrypted pictures as a shop sets them up: a key is made, a missing or wrong one is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amiko import assemble
from amiko.cli import app
from amiko.config import Config
from amiko.config_file import ConfigError, load
from db.engine import Database

JPEG = b"\xff\xd8 a face \xff\xd9"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["config", *arguments])


@pytest.fixture
def encrypted(tmp_path: Path) -> Path:
    file = tmp_path / "shop.yaml"
    file.write_text("privacy: {snapshot_files: encrypted}\ndatabase: {url: sqlite:///amiko.db}", encoding="utf-8")
    return file


def opened(config: Config) -> Database:
    return Database(config.database.url, sealing=assemble.sealing(config))


def test_a_key_that_was_made_encrypts_and_is_shown_nowhere_else(encrypted: Path, monkeypatch, caplog) -> None:
    key = run("key").stdout.strip()
    monkeypatch.setenv("AMIKO_PRIVACY__KEY", key)
    config = load(encrypted)
    database = opened(config)
    database.snapshots.write("visit", JPEG)
    assert database.snapshots.read("visit") == JPEG
    assert b"a face" not in (database.snapshots.folder / "visit.sealed").read_bytes()
    checked = run("check", "--config", str(encrypted)).stdout
    assert "without pictures" not in checked
    assemble.warn_of_pictures(config, database)
    assert caplog.text == ""
    assert key not in checked + repr(config)


@pytest.mark.parametrize(
    ("key", "says"), [(None, "there is no key; amiko config key makes one"), ("oops", "holds no key")]
)
def test_a_start_without_a_good_key_says_so_and_goes_on(encrypted: Path, monkeypatch, caplog, key, says) -> None:
    if key is not None:
        monkeypatch.setenv("AMIKO_PRIVACY__KEY", key)
    config = load(encrypted)
    assemble.warn_of_pictures(config, opened(config))
    (record,) = caplog.records
    assert record.getMessage().startswith("cards go without pictures: ")
    assert says in record.getMessage()
    checked = run("check", "--config", str(encrypted))
    assert (checked.exit_code, says in checked.stdout) == (0, True)


def test_a_start_with_another_key_than_before_says_so(encrypted: Path, monkeypatch, caplog) -> None:
    for name in ("before", "after"):
        monkeypatch.setenv("AMIKO_PRIVACY__KEY", run("key").stdout.strip())
        database = opened(load(encrypted))
        assemble.warn_of_pictures(load(encrypted), database)
        database.snapshots.write(name, JPEG)
    (record,) = caplog.records
    assert "holds 1 that no key in AMIKO_PRIVACY__KEY opens" in record.getMessage()


def test_where_no_pictures_are_kept_nobody_misses_a_key(encrypted: Path, monkeypatch, caplog) -> None:
    monkeypatch.setenv("AMIKO_PRIVACY__SNAPSHOTS", "off")
    config = load(encrypted)
    assemble.warn_of_pictures(config, opened(config))
    assert caplog.text == ""


def test_a_key_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text("privacy: {key: abc}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"privacy\.key: a secret does not belong in a file; set AMIKO_PRIVACY__KEY"):
        load(file)
