"""What every route works with."""

from __future__ import annotations

from dataclasses import dataclass

from amiko.config import Config
from api.predictions import Predictions
from customers.model_folder import model_folder
from db.engine import Database


@dataclass(frozen=True)
class Service:
    """What every route works with: the shop's configuration, its upgraded database, and who predicts."""

    config: Config
    database: Database
    predictions: Predictions

    @classmethod
    def of(cls, config: Config, database: Database) -> Service:
        """The service of a shop."""
        folder = model_folder(config.customers.models, config.database.url)
        return cls(config, database, Predictions(database, folder))
