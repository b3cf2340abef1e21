"""config.yaml as strict pydantic models, a file for each part: an unknown key or a bad value is refused by name."""

from amiko.config.api import ApiConfig
from amiko.config.bot import BotConfig
from amiko.config.cameras import Camera
from amiko.config.customers import CustomersConfig
from amiko.config.routing import parse_age_range
from amiko.config.section import WHOLE_FRAME, Language
from amiko.config.store import DatabaseConfig
from amiko.config.telegram import WebhookConfig
from amiko.config.visitors import PrivacyConfig
from amiko.config.whole import Config
from amiko.config.worker import WorkerConfig

__all__ = [
    "WHOLE_FRAME",
    "ApiConfig",
    "BotConfig",
    "Camera",
    "Config",
    "CustomersConfig",
    "DatabaseConfig",
    "Language",
    "PrivacyConfig",
    "WebhookConfig",
    "WorkerConfig",
    "parse_age_range",
]
