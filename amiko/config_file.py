"""Reads config.yaml and the environment, and says of every mistake which key it is and what would be right."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ValidationError

from amiko.config import Config, DatabaseConfig
from amiko.errors import AmikoError

_SECRETS = (("telegram", "token"), ("api", "key"), ("privacy", "key"), ("database", "password"), ("link", "token"))


class ConfigError(AmikoError):
    """The configuration cannot be used; the message names the key and says what would be right."""


def load(path: Path | None = None) -> Config:
    """Read the configuration from `path`, from ./config.yaml where there is one, or from the defaults.

    Raises:
        ConfigError: the file cannot be read, or holds something that cannot be used.
    """
    file = path or Path(os.environ.get("AMIKO_CONFIG", "config.yaml"))
    if not file.exists() and path is None and "AMIKO_CONFIG" not in os.environ:
        return _validated({}, "the environment", Path.cwd())
    return _validated(_read(file), str(file), file.resolve().parent)


def with_database(config: Config, url: str | None, option: str = "--db") -> Config:
    """The configuration with another database; None leaves it as it is. A relative path starts here, not at the file.

    Args:
        config: what else holds.
        url: of the other database.
        option: where it was written, for errors.

    Raises:
        ConfigError: the URL is none that can be used.
    """
    if url is None:
        return config
    try:
        database = config.database
        database = _from_folder(
            DatabaseConfig(url=url, password=database.password, pictures=database.pictures), Path.cwd()
        )
    except ValidationError as error:
        wrong = "; ".join(_sentence({**detail, "loc": ()}) for detail in error.errors())
        raise ConfigError(f"{option}: {wrong}") from None
    return config.model_copy(update={"database": database})


def _from_folder(database: DatabaseConfig, folder: Path) -> DatabaseConfig:
    """The database with relative paths made absolute."""
    prefix = "sqlite+aiosqlite:///"
    path, pictures = database.url.removeprefix(prefix), database.pictures
    if not database.url.startswith(prefix):
        pictures = pictures or Path("data/snapshots")
        return database.model_copy(update={"pictures": folder / pictures})
    absolute = {"url": database.url if path.startswith("/") else f"{prefix}{folder / path}"}
    return database.model_copy(update=absolute | ({"pictures": folder / pictures} if pictures else {}))


def _read(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file; copy the config.yaml of the project and edit it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{file}{where}: not valid YAML: {getattr(error, 'problem', error)}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f"{file}: must hold sections such as store: and cameras:, not a {type(values).__name__}")
    for section, key in _SECRETS:
        if isinstance(part := values.get(section), dict) and key in part:
            variable = f"AMIKO_{section.upper()}__{key.upper()}"
            raise ConfigError(f"{file}: {section}.{key}: a secret does not belong in a file; set {variable}")
    if isinstance(part := values.get("database"), dict) and _has_password(part.get("url")):
        raise ConfigError(
            f"{file}: database.url: a password does not belong in a file; leave it out and set AMIKO_DATABASE__PASSWORD"
        )
    return values


def _has_password(url: Any) -> bool:
    return isinstance(url, str) and urlsplit(url).password is not None


def _validated(values: dict[str, Any], source: str, folder: Path) -> Config:
    try:
        config = Config(**values)
    except ValidationError as error:
        sentences = (_sentence(detail) + _camera(detail, values) for detail in error.errors())
        raise ConfigError(f"{source}: " + "; ".join(sentences)) from None
    return config.model_copy(update={"database": _from_folder(config.database, folder)})


def _sentence(detail: Any) -> str:
    """One pydantic error as "key: what is wrong"."""
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{key}: no such key{_meant(detail['loc'])}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{key}: {message[0].lower()}{message[1:]}" if key else message


def _camera(detail: Any, values: dict[str, Any]) -> str:
    """The name of the camera that an error is about, which says more than its number."""
    match detail["loc"]:
        case ("cameras", int(number), *_):
            listed = values.get("cameras")
            entry = listed[number] if isinstance(listed, list) and number < len(listed) else None
            name = entry.get("name") if isinstance(entry, dict) else None
            return f" (camera {name})" if isinstance(name, str) and name else ""
    return ""


def _meant(location: tuple[Any, ...]) -> str:
    """A hint with the nearest key of the same section, where one is near."""
    model: Any = Config
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        inner = [a for a in getattr(annotation, "__args__", ()) if isinstance(a, type) and issubclass(a, BaseModel)]
        model = inner[0] if inner else annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return ""
    near = difflib.get_close_matches(str(location[-1]), model.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(model.model_fields)}"
