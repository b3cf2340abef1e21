"""The whole of config.yaml: its parts, and what holds between them."""

from __future__ import annotations

from pydantic import model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from amiko.config.api import ApiConfig
from amiko.config.bot import BotConfig
from amiko.config.cameras import Camera
from amiko.config.customers import CustomersConfig
from amiko.config.link import LinkConfig
from amiko.config.routing import RoutingConfig
from amiko.config.store import DatabaseConfig, LogConfig, Store
from amiko.config.telegram import TelegramConfig
from amiko.config.vision import VisionConfig
from amiko.config.visitors import CheckoutConfig, PrivacyConfig
from amiko.config.worker import WorkerConfig


class Config(BaseSettings):
    """Everything a store can set. Environment variables win over the file: AMIKO_TELEGRAM__BASE_URL and so on."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="AMIKO_",
        env_nested_delimiter="__",
        title="Amiko configuration",
    )

    store: Store = Store()
    database: DatabaseConfig = DatabaseConfig()
    cameras: tuple[Camera, ...] = ()
    vision: VisionConfig = VisionConfig()
    worker: WorkerConfig = WorkerConfig()
    routing: RoutingConfig = RoutingConfig()
    bot: BotConfig = BotConfig()
    telegram: TelegramConfig = TelegramConfig()
    link: LinkConfig = LinkConfig()
    checkout: CheckoutConfig = CheckoutConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    customers: CustomersConfig = CustomersConfig()
    api: ApiConfig = ApiConfig()
    log: LogConfig = LogConfig()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file."""
        return env_settings, init_settings

    def fps_of(self, camera: Camera) -> float:
        """Frames of this camera that are analysed per second."""
        return camera.fps or self.worker.fps

    @model_validator(mode="after")
    def _camera_names_are_unique(self) -> Config:
        names = [camera.name for camera in self.cameras]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"cameras: the name {', '.join(sorted(twice))} stands twice")
        return self

    @model_validator(mode="after")
    def _error_rates_are_known_at_a_checkout(self) -> Config:
        if self.vision.weights != "open" and any(camera.role == "checkout" for camera in self.cameras):
            raise ValueError("a camera whose role is checkout needs vision.weights: open; only their misses are known")
        return self

    @model_validator(mode="after")
    def _only_a_server_can_be_cut_off(self) -> Config:
        if self.link.serve_locally and self.database.url.startswith("sqlite"):
            raise ValueError("link.serve_locally: a shop on SQLite has its database here; this is for PostgreSQL")
        return self
