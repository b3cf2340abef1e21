"""The churn model that answers now: written down, loaded, asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.ext.asyncio import AsyncSession

from customers.churn.features import NAMES, Array, features
from customers.churn.sameness import prints
from customers.churn.training import Trained
from customers.errors import CustomersError
from customers.model_file import Contents, read
from customers.promotion import promote
from db import trained_models
from db.shop_models import TrainedModel


@dataclass(frozen=True)
class Active:
    """A stored model, loaded.

    Attributes:
        id: its number in the database.
        trained_at: when.
        protocol: how.
        contents: of its file.
    """

    id: int
    trained_at: datetime
    protocol: dict[str, Any]
    contents: Contents

    @property
    def threshold(self) -> float:
        """P(drops) from which a customer is called at risk in figures: the share of those who did in training."""
        return float(self.contents.extra["threshold"])

    def ratings(self, frame: pd.DataFrame) -> Array:
        """P(drops) of customers, one each; of those the model learnt from, what models said that had not seen them.

        Of them the model itself would only repeat what it was told.
        """
        learnt, unseen = self.contents.extra["prints"], self.contents.extra["unseen"]
        mine = prints(frame)
        place = np.minimum(np.searchsorted(learnt, mine), len(learnt) - 1)
        return np.where(learnt[place] == mine, unseen[place], self.probabilities(frame))

    def probabilities(self, frame: pd.DataFrame) -> Array:
        """P(drops) of customers, one each, by the model itself."""
        if frame.empty:
            return pd.Series(dtype=float).to_numpy()
        both: Array = self.contents.model.predict_proba(features(frame))
        return both[:, 1]


async def active(session: AsyncSession, folder: Path) -> Active:
    """The model that answers now.

    Raises:
        CustomersError: there is none, or its file is refused.
    """
    row = await trained_models.active(session, "churn")
    if row is None:
        raise CustomersError("no churn model is trained yet; amiko customers train churn does that")
    return load(row, folder)


def load(row: TrainedModel, folder: Path) -> Active:
    """A model that the database knows.

    Raises:
        CustomersError: its file is missing, damaged or does not fit this software.
    """
    contents = read(folder / row.file, "churn", NAMES, row.protocol["file_sha256"])
    return Active(row.id, row.trained_at, row.protocol, contents)


async def keep(session: AsyncSession, folder: Path, trained: Trained, now: datetime) -> int:
    """Write a model down and let it answer from now on; the one that did can be rolled back to. Its number.

    Raises:
        CustomersError: its file cannot be written.
    """
    return await promote(session, folder, "churn", trained, now)
