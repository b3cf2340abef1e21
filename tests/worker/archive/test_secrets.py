"""What of the configuration travels to the machines that analyse an archive."""

from __future__ import annotations

import pickle
from typing import Any

from pydantic import BaseModel, SecretStr

from amiko.config import Config
from worker.archive.analysis import settings

FILLED: dict[str, Any] = {
    "database": {"url": "postgresql+asyncpg://amiko@db/amiko", "password": "secret-of-database"},
    "cameras": [{"name": "door", "url": "rtsp://ann:secret-of-camera@192.0.2.1/1"}],
    "telegram": {
        "token": "1:secret-of-telegram",
        "webhook": {"url": "https://shop.example", "secret": "secret-of-webhook"},
    },
    "link": {"token": "2:secret-of-link"},
    "privacy": {"key": "secret-of-privacy"},
    "api": {"key": "secret-of-api-of-16-characters"},
}


def secrets_of(section: BaseModel) -> list[str]:
    """The names of all fields of a configuration that hold a secret."""
    found = []
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, SecretStr):
            found.append(f"{type(section).__name__}.{name}")
        elif isinstance(value, BaseModel):
            found += secrets_of(value)
    return found


def test_no_secret_travels_to_another_machine() -> None:
    config = Config.model_validate(FILLED)
    assert len(secrets_of(config)) == 6
    assert secrets_of(settings(config)) == []
    assert b"secret-of" not in pickle.dumps(settings(config))


def test_the_test_knows_every_secret_that_a_configuration_can_hold() -> None:
    assert len(_secret_fields(Config)) == len(secrets_of(Config.model_validate(FILLED)))


def _secret_fields(section: type[BaseModel]) -> list[str]:
    found = []
    for name, field in section.model_fields.items():
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        if SecretStr in kinds:
            found.append(name)
        found += [
            inner
            for kind in kinds
            if isinstance(kind, type) and issubclass(kind, BaseModel)
            for inner in _secret_fields(kind)
        ]
    return found
