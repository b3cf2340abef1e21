"""The shop itself, its database, and what is logged."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from amiko.config.section import Language, Section

LogFormat = Literal["console", "json"]

_POSTGRES = ("postgresql+asyncpg://", "postgresql://", "postgres://")


class Store(Section):
    """The shop itself."""

    name: str = Field("Amiko", min_length=1, description="Shown to assistants.")
    timezone: str = Field("Europe/Moscow", description="IANA name; Telegram shows times in it.")
    language: Language = Field("ru", description="Language of people who have not chosen one.")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {name!r}; use an IANA name such as Europe/Moscow") from error
        return name


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
        ValueError: it names no database or no user, or its query is another driver's.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port must be a number") from None
    if not parts.path.strip("/"):
        raise ValueError("must end with the name of the database, such as postgresql+asyncpg://amiko@localhost/amiko")
    if "sslmode" in parse_qs(parts.query):
        raise ValueError("write ssl= in place of sslmode=, such as ?ssl=require")
    netloc = parts.netloc
    if password is not None and parts.password is None:
        if parts.username is None:
            raise ValueError("must name the user whom the password is of, such as postgresql+asyncpg://amiko@localhost")
        host = (parts.hostname or "") + (f":{port}" if port else "")
        netloc = f"{parts.username}:{quote(password.get_secret_value(), safe='')}@{host}"
    return urlunsplit(("postgresql+asyncpg", netloc, parts.path, parts.query, ""))


class LogConfig(Section):
    """What is logged, to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: LogFormat = Field("console", description="console: text for people; json: an object a line, for machines.")
