"""The Bot API, and where Telegram reaches the bot."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator

from amiko.config.section import Section


class WebhookConfig(Section):
    """Where Telegram delivers updates, instead of being asked for them."""

    url: str = Field(description="Public https address that Telegram calls.")
    listen: str = Field("127.0.0.1", description="Address the bot listens on.")
    port: int = Field(8443, ge=1, le=65535)
    secret: SecretStr = Field(description="Only from the environment: AMIKO_TELEGRAM__WEBHOOK__SECRET.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// for a server on this machine)")
        return url

    @field_validator("secret")
    @classmethod
    def _as_telegram_wants(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value()):
            raise ValueError("must be 16 to 256 letters, digits, _ and -")
        return secret


class TelegramConfig(Section):
    """The Bot API."""

    token: SecretStr | None = Field(
        None, description="Bot token from @BotFather; only from the environment: AMIKO_TELEGRAM__TOKEN."
    )
    base_url: str = Field("https://api.telegram.org/bot", description="Bot API address, the token follows it.")
    base_file_url: str = Field("https://api.telegram.org/file/bot", description="The same for files.")
    webhook: WebhookConfig | None = Field(None, description="Without it the bot asks for updates (long polling).")

    @field_validator("base_url", "base_file_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// for a server on this machine)")
        return url
