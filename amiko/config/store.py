"""The shop itself, its database, and what is logged."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from amiko.config.section import Language, Section

LogFormat = Literal["console", "json"]


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

    url: str = Field(
        "sqlite+aiosqlite:///data/amiko.db",
        description="SQLAlchemy URL; a relative SQLite path starts at the folder of config.yaml.",
    )

    @field_validator("url")
    @classmethod
    def _async_driver(cls, url: str) -> str:
        if url.startswith("sqlite:///"):
            return "sqlite+aiosqlite" + url.removeprefix("sqlite")
        if not url.startswith("sqlite+aiosqlite:///") or url.endswith(("/", ":memory:")):
            raise ValueError("must look like sqlite+aiosqlite:///data/amiko.db")
        return url


class LogConfig(Section):
    """What is logged, to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: LogFormat = Field("console", description="console: text for people; json: an object a line, for machines.")
