"""The model of session gender that answers now: written down, loaded, asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from customers.errors import CustomersError
from customers.model_file import read
from customers.promotion import promote
from customers.sessions.model import GenderModel
from customers.sessions.terms import SCHEMA
from db import trained_models
from db.shop_models import TrainedModel

if TYPE_CHECKING:
    # Whoever only answers needs neither the engines nor what training is made of.
    from customers.sessions.training import Trained


@dataclass(frozen=True)
class Active:
    """A stored model, loaded.

    Attributes:
        id: its number in the database.
        protocol: how it was trained.
        model: what answers.
        learnt: marks of the sessions that it learnt from.
    """

    id: int
    protocol: dict[str, Any]
    model: GenderModel
    learnt: NDArray[np.uint64]


async def active(session: AsyncSession, folder: Path) -> Active:
    """The model that answers now.

    Raises:
        CustomersError: there is none, or its file is refused.
    """
    row = await trained_models.active(session, "session-gender")
    if row is None:
        raise CustomersError("nothing has learnt the gender of sessions yet; run: amiko customers train session-gender")
    return load(row, folder)


def load(row: TrainedModel, folder: Path) -> Active:
    """A model that the database knows.

    Raises:
        CustomersError: its file is missing, damaged or does not fit this software.
    """
    contents = read(folder / row.file, "session-gender", SCHEMA, row.protocol["file_sha256"])
    return Active(row.id, row.protocol, GenderModel.of(contents.model), contents.extra["prints"])


async def keep(session: AsyncSession, folder: Path, trained: Trained, now: datetime) -> int:
    """Write a model down and let it answer from now on; the one that did can be rolled back to. Its number.

    Raises:
        CustomersError: its file cannot be written.
    """
    return await promote(session, folder, "session-gender", trained, now)
