"""The shop itself, its database, and what is logged."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from amiko.config.section import Language, Section
from db import time_zones

LogFormat = Literal["console", "json"]

_QUERY = {"host", "passfile", "port", "ssl", "target_session_attrs"}
_SSL = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_POSTGRES = ("postgresql+asyncpg://", "postgresql://", "postgres://")


class Store(Section):
    """The shop itself."""

    name: str = Field("Amiko", min_length=1, description="Shown to assistants.")
    timezone: str = Field("Europe/Moscow", description="IANA name; Telegram shows times in it.")
    language: Language = Field("ru", description="Language of people who have not chosen one.")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        return time_zones.checked(name)


class DatabaseConfig(Section):
    """Where visits, staff and deliveries are kept."""

    password: SecretStr | None = Field(None, description="Of the user that `url` names; from the environment only.")
    url: str = Field(
        "sqlite+aiosqlite:///data/amiko.db",
        repr=False,
        validate_default=True,
        description="SQLAlchemy URL: sqlite+aiosqlite:///FILE, where a relative path starts at the folder of "
        "config.yaml, or postgresql+asyncpg://USER@HOST/NAME.",
    )
    pictures: Path | None = Field(
        None,
        description="Folder of the snapshots; null: beside the SQLite file, for PostgreSQL data/snapshots. A relative "
        "path starts at the folder of config.yaml.",
    )

    @field_validator("url")
    @classmethod
    def _async_driver(cls, url: str, info: ValidationInfo) -> str:
        """With the driver that we use, and with the password, which nothing prints."""
        if url.startswith(_POSTGRES):
            return _with_password(url, info.data.get("password"))
        if url.startswith("sqlite:///"):
            url = "sqlite+aiosqlite" + url.removeprefix("sqlite")
        if not url.startswith("sqlite+aiosqlite:///") or url.endswith(("/", ":memory:")):
            raise ValueError(
                "must look like sqlite+aiosqlite:///data/amiko.db or postgresql+asyncpg://amiko@localhost/amiko"
            )
        return url


def _with_password(url: str, password: SecretStr | None) -> str:
    """A PostgreSQL URL with the driver that we use, and with a password where it has none.

    Raises:
        ValueError: it names no database or no user, or its query holds what the driver does not know.
    """
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("the port must be a number from 0 to 65535") from None
    if not parts.path.strip("/"):
        raise ValueError("must end with the name of the database, such as postgresql+asyncpg://amiko@localhost/amiko")
    _require_known(parse_qs(parts.query, keep_blank_values=True))
    netloc = parts.netloc
    if password is not None and parts.password is None:
        if parts.username is None:
            raise ValueError("must name the user whom the password is of, such as postgresql+asyncpg://amiko@localhost")
        netloc = f"{parts.username}:{quote(password.get_secret_value(), safe='')}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(("postgresql+asyncpg", netloc, parts.path, parts.query, ""))


def _require_known(query: dict[str, list[str]]) -> None:
    """Nothing, where a URL's query holds only what the driver takes from one.

    Raises:
        ValueError: it holds something else.
    """
    if "sslmode" in query:
        raise ValueError("write ssl= in place of sslmode=, such as ?ssl=require")
    if unknown := sorted(query.keys() - _QUERY):
        raise ValueError(f"{unknown[0]}= is not known after the ?; known are {', '.join(sorted(_QUERY))}")
    if wrong := [mode for mode in query.get("ssl", ()) if mode not in _SSL]:
        raise ValueError(f"ssl={wrong[0]} is none of {', '.join(_SSL)}")


class LogConfig(Section):
    """What is logged, to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: LogFormat = Field("console", description="console: text for people; json: an object a line, for machines.")
