"""Every customer's P(drops) and reasons, written down for the bot and the service, which load no model."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from customers.churn.active import Active, active
from customers.churn.explanation import effects, reasons
from customers.churn.features import NAMES, features
from customers.frame import customers_frame
from db import churn_scores, trained_models
from db.churn_scores import NewScore
from db.engine import Database

MOST_EXPLAINED = 3000
"""Customers, the likeliest to leave first, whose reasons are worked out: a few hundredths of a second each."""


async def score_customers(database: Database, folder: Path) -> int | None:
    """Let the active model rate all customers, in place of what was said of them before.

    Args:
        database: with the customers.
        folder: of the files of models.

    Returns:
        How many were rated; None, and nothing is changed, where no model is active.

    Raises:
        CustomersError: the model's file is refused.
    """
    async with database.reading() as session:
        if await trained_models.active(session, "churn") is None:
            return None
        model = await active(session, folder)
        frame = await customers_frame(session)
    # Worked out between two transactions: nobody waits for the database meanwhile.
    scores = _scores(model, frame)
    async with database.session() as session:
        return await churn_scores.replace(session, scores, model.id, datetime.now(UTC))


def _scores(model: Active, frame: pd.DataFrame) -> list[NewScore]:
    probabilities = model.ratings(frame)
    likeliest = np.argsort(-probabilities, kind="stable")[:MOST_EXPLAINED]
    extra = model.contents.extra
    explained = frame.iloc[likeliest]
    values = effects(model.contents.model, features(explained), pd.DataFrame(extra["typical"], columns=list(NAMES)))
    why = dict(zip(explained.index, reasons(explained, values, extra["usual"]), strict=True))
    return [
        NewScore(int(number), float(probability), why.get(number, []))
        for number, probability in zip(frame.index, probabilities, strict=True)
    ]
