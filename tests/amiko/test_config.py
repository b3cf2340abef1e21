"""The configuration is strict: every mistake is named, with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from amiko.config import Config, parse_age_range
from amiko.config_file import ConfigError, load, with_database

SHIPPED = Path(__file__).resolve().parents[2] / "config.yaml"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_shows_exactly_the_defaults() -> None:
    shipped, defaults = load(SHIPPED), Config()
    assert shipped.model_dump(exclude={"database"}) == defaults.model_dump(exclude={"database"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("store: {nme: x}", "store.nme: no such key; did you mean name?"),
        ("wroker: {}", "wroker: no such key; did you mean worker?"),
        ("worker: {fps: -1}", "worker.fps: input should be greater than 0"),
        ("cameras: [{name: a, url: 0, zoen: []}]", "cameras.0.zoen: no such key; did you mean zone?"),
        ("cameras: [{name: a, url: 0, zone: [[0, 0], [1, 1]]}]", "at least three corners, this one has 2"),
        ("cameras: [{name: a, url: 0, zone: [[0, 0], [1, 1], [0.5, 0.5]]}]", "cameras.0.zone: the zone has no area"),
        ("cameras: [{name: a, url: 0, zone: [[0, 0], [1, 1], [1, 0], [0, 1]]}]", "sides cross each other"),
        ("cameras: [{name: a, url: 0, zone: [[0, 0], [2, 1], [1, 0]]}]", "less than or equal to 1"),
        ("cameras: [{name: a, url: 0}, {name: a, url: 1}]", "the name a stands twice"),
        ("store: {timezone: Mars/Olympus}", "no time zone is called 'Mars/Olympus'"),
        ("database: {url: 'mysql://x'}", "must look like sqlite"),
        ("telegram: {token: '1:2'}", "set AMIKO_TELEGRAM__TOKEN"),
        ("telegram: {base_url: 'localhost:8081'}", "must start with https://"),
        ("vision: {gender_unknown: [0.6, 0.7]}", "low <= 0.5 <= high"),
        ("routing: {departments: []}", "at least 1 item"),
        ("routing: {departments: [{key: general, names: {ru: a, en: b}}]}", "kept for visitors"),
        ("routing: {departments: [{key: a, names: {en: b}}]}", "the name in ru is missing"),
        ("routing: {departments: [{key: a, names: {ru: a, en: b}, age: {old: 2}}]}", "'old' is no age range"),
        ("routing: {departments: [{key: a, names: {ru: a, en: b}, age: {0-20: 2, 20-30: 1}}]}", "overlap at 20"),
        ("store: [", "line 1: not valid YAML"),
        ("- a", "must hold sections"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    assert says in str(caught.value)
    assert "shop.yaml" in str(caught.value)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, "store: {nme: x}\nworker: {fps: 0}"))
    assert "store.nme" in str(caught.value)
    assert "worker.fps" in str(caught.value)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "none.yaml")


def test_without_a_file_the_defaults_hold() -> None:
    assert load().store.name == "Amiko"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMIKO_TELEGRAM__BASE_URL", "http://127.0.0.1:1/bot")
    monkeypatch.setenv("AMIKO_TELEGRAM__TOKEN", "1:secret")
    config = load(written(tmp_path, "telegram: {base_url: 'https://example.org/bot'}"))
    assert config.telegram.base_url == "http://127.0.0.1:1/bot"
    assert "secret" not in repr(config)


def test_a_relative_database_starts_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "database: {url: 'sqlite:///shop.db'}")
    monkeypatch.chdir("/")
    assert load(path).database.url == f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"


def test_a_database_from_the_command_line_starts_here(tmp_path: Path) -> None:
    assert with_database(Config(), "sqlite:///x.db").database.url == f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"
    with pytest.raises(ConfigError, match=r"^--db: must look like"):
        with_database(Config(), "x.db")


@pytest.mark.parametrize(("text", "span"), [("0-12", (0, 12)), ("65+", (65, 100)), ("30-30", (30, 30))])
def test_age_ranges_are_read(text: str, span: tuple[int, int]) -> None:
    assert parse_age_range(text) == span


@pytest.mark.parametrize("text", ["", "12", "-5", "20-10", "0-101", "a-b", "1-2+"])
def test_other_texts_are_no_age_range(text: str) -> None:
    with pytest.raises(ValueError, match="no age range"):
        parse_age_range(text)


def test_a_server_gets_its_password_from_the_environment_and_nothing_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMIKO_DATABASE__PASSWORD", "p@ss/wörd")
    path = written(tmp_path, "database: {url: 'postgresql://amiko@db.example:5433/chain?ssl=require'}")
    monkeypatch.chdir("/")
    config = load(path)
    assert config.database.url == "postgresql+asyncpg://amiko:p%40ss%2Fw%C3%B6rd@db.example:5433/chain?ssl=require"
    assert config.database.pictures == tmp_path / "data" / "snapshots"
    assert not any(secret in repr(config) for secret in ("p@ss", "p%40ss"))
    other = with_database(config, "postgresql://amiko@db.example/other").database
    assert other.url == "postgresql+asyncpg://amiko:p%40ss%2Fw%C3%B6rd@db.example/other"
    numbered = with_database(config, "postgresql://amiko@[2001:db8::1]:5433/chain").database
    assert numbered.url == "postgresql+asyncpg://amiko:p%40ss%2Fw%C3%B6rd@[2001:db8::1]:5433/chain"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://amiko:secret@h/chain", "leave it out and set AMIKO_DATABASE__PASSWORD"),
        ("postgresql://amiko@h", "must end with the name of the database"),
        ("postgresql://amiko@h:port/chain", "the port must be a number"),
        ("postgresql://amiko@h:70000/chain", "the port must be a number from 0 to 65535"),
        ("postgresql://amiko@h/chain?ssl=on", "database.url: ssl=on is none of disable, allow"),
        ("postgresql://amiko@h/chain?timeout=3", "timeout= is not known after the ?; known are host,"),
        ("postgresql://amiko@h/chain?sslmode=require", "write ssl= in place of sslmode="),
    ],
)
def test_a_server_that_cannot_be_meant_is_refused(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, f"database: {{url: '{url}'}}"))
    assert says in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_a_password_of_nobody_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMIKO_DATABASE__PASSWORD", "x")
    with pytest.raises(ConfigError, match="must name the user whom the password is of"):
        load(written(tmp_path, "database: {url: 'postgresql://h/chain'}"))
