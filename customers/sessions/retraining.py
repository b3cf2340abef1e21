"""Training again on what was imported since, as a program: a new model answers only if better by more than noise.

The newest data are the sessions of visitors of whom the active model has not learnt. Half of those visitors are kept
out of the new training, and the two models are compared on them, whom neither has seen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from customers.program import Verdict, run
from customers.sessions.active import Active, keep, load
from customers.sessions.engines import engine
from customers.sessions.frames import Frames
from customers.sessions.model import GenderModel
from customers.sessions.prints import prints
from customers.sessions.scoring import probabilities
from customers.sessions.stored import frames_of_database
from customers.sessions.training import train
from db import trained_models
from db.engine import Database

CHANCE = 0.5  # the ROC-AUC of who guesses
FEWEST = 40
"""New visitors of each gender below which nothing is trained: half of them judge, and fewer could show nothing."""
_RESAMPLES = 1000
_NOISE = 0.025  # share of resamples in which a model that is called better may be worse
_SEED = 1


async def retrain(database: Database, folder: Path) -> Verdict:
    """Train anew if there is enough that is new, and let the new model answer if it is better; the old one is kept.

    Raises:
        CustomersError: the active model is refused, the sessions cannot be learnt from, or a model cannot be written.
    """
    async with database.reading() as session:
        row = await trained_models.active(session, "session-gender")
        frames, synthetic = await frames_of_database(session)
    if row is None:
        return Verdict(False, "no session-gender model answers yet; amiko customers train session-gender makes one")
    active = load(row, folder)
    judges = _judges(frames, active)
    if judges is None:
        return Verdict(
            False, f"fewer than {FEWEST} visitors of each gender are new to session-gender model {active.id}"
        )
    rest = Frames(frames.sessions.assign(gender=frames.sessions["gender"].mask(judges, None)), frames.views)
    candidate = GenderModel.of(train(rest, "duckdb", synthetic=synthetic).contents.model)
    judging = frames.sessions[judges]
    before, after = _asked(active.model, frames, judging), _asked(candidate, frames, judging)
    low, high = _gain(judging, before, after)
    male = judging["gender"] == "male"
    reached = float(roc_auc_score(male, after))
    told = (
        f"ROC-AUC {reached:.3f} on {len(judging)} sessions of visitors whom neither had seen, "
        f"{roc_auc_score(male, before):.3f} before; 95 % of the difference: {low:+.3f} to {high:+.3f}"
    )
    # Of two that tell nothing, one may by chance tell it worse.
    if low <= 0 or reached <= CHANCE:
        return Verdict(False, f"session-gender model {active.id} stays: a new one has {told}")
    everything = train(frames, "duckdb", synthetic=synthetic)
    everything = replace(everything, figures={**everything.figures, "gain": {"low": low, "high": high}})
    async with database.session() as session:
        number = await keep(session, folder, everything, datetime.now(UTC))
    return Verdict(True, f"session-gender model {number} answers from now on: {told}")


def _judges(frames: Frames, active: Active) -> pd.Series | None:
    """Which sessions are of half of the visitors whom a model has not learnt from; None where they are too few."""
    known = frames.sessions["gender"].notna()
    told = frames.sessions[known]
    who = _visitors(told)
    learnt = set(who[np.isin(prints(frames, known), active.learnt)])
    new = told[~who.isin(learnt)]
    genders = new.groupby(_visitors(new))["gender"].first()
    if min((genders == "male").sum(), (genders == "female").sum()) < FEWEST:
        return None
    chosen = set(genders.groupby(genders).sample(frac=0.5, random_state=_SEED).index)
    return known & _visitors(frames.sessions).isin(chosen)


def _visitors(sessions: pd.DataFrame) -> pd.Series:
    """A session of an unknown visitor is a visitor of its own."""
    return sessions["visitor"].where(sessions["visitor"].notna(), "session " + sessions["session_id"])


def _asked(model: GenderModel, frames: Frames, sessions: pd.DataFrame) -> NDArray[np.float64]:
    with engine("duckdb") as backend:
        found = probabilities(model, frames.log(), backend)
    return np.asarray(found.loc[sessions["session_id"], "p_male"], np.float64)


def _gain(judging: pd.DataFrame, before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float]:
    """Between what 95 % of the differences of ROC-AUC lie: a paired bootstrap over visitors (Efron, 1979)."""
    random = np.random.default_rng(_SEED)
    male = (judging["gender"] == "male").to_numpy()
    visitor = pd.factorize(_visitors(judging))[0]
    count = visitor.max() + 1
    differences = []
    for _ in range(_RESAMPLES):
        weights = random.multinomial(count, np.full(count, 1 / count))[visitor]
        if weights[male].any() and weights[~male].any():
            one, other = (roc_auc_score(male, found, sample_weight=weights) for found in (before, after))
            differences.append(other - one)
    low, high = np.quantile(differences, [_NOISE, 1 - _NOISE])
    return float(low), float(high)


if __name__ == "__main__":
    run(retrain)
