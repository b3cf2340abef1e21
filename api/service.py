"""What every route works with."""

from __future__ import annotations

from dataclasses import dataclass

from amiko.config import Config
from db.engine import Database


@dataclass(frozen=True)
class Service:
    """What every route works with: the shop's configuration, and its database, which is upgraded."""

    config: Config
    database: Database
