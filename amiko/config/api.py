"""The REST service: where it listens, and who may ask it."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator

from amiko.config.section import Section


class ApiConfig(Section):
    """The REST service: sessions, customers, health and metrics."""

    enabled: bool = Field(True, description="amiko run serves it, too; `amiko api` serves it in any case.")
    host: str = Field(
        "127.0.0.1", min_length=1, description="Address it listens on; any but this machine's own needs a key."
    )
    port: int = Field(8090, ge=0, le=65535, description="0 takes any free one, which the log then tells.")
    key: SecretStr | None = Field(
        None, description="What clients send as X-API-Key; only from the environment: AMIKO_API__KEY."
    )

    @field_validator("key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is None or not key.get_secret_value():
            return None  # an empty variable is how a container says that there is none
        if not re.fullmatch(r"[!-~]{16,256}", key.get_secret_value()):
            raise ValueError(
                "must be 16 to 256 letters, digits and signs without spaces; `openssl rand -hex 32` makes one"
            )
        return key
