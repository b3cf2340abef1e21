"""Training again on what was imported since, as a program: a new model answers only if better by more than noise.

Customers carry no dates. The newest data are therefore those with a known outcome whom the active model has not learnt
from: new customers, and old ones of whom something has changed, recognised by fingerprints in the model's file. Half of
them, of very many a few thousand, are kept out of the new training and judge both models, which have not seen them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from customers.churn.active import Active, keep, load
from customers.churn.candidates import folds, refitted
from customers.churn.features import Array, features, known, labels
from customers.churn.sameness import groups, prints
from customers.churn.scoring import score_customers
from customers.churn.training import Effort, Trained, contents, fingerprint, train
from customers.errors import CustomersError
from customers.frame import customers_frame
from customers.program import Verdict, run
from db import trained_models
from db.engine import Database
from db.trained_models import NewModel

CHANCE = 0.5  # the ROC-AUC of who guesses
FEWEST = 40
"""New customers of each outcome below which nothing is trained: half of them judge, and fewer could show nothing."""

_MOST_JUDGES = 4000  # more judge no better, and comparing all pairs of them takes memory
NIGHTLY = Effort(repeats=1, splits=10)
_RESAMPLES = 2000
_NOISE = 0.025  # share of resamples in which a model that is called better may be worse
_SEED = 1


@dataclass(frozen=True)
class Gain:
    """ROC-AUC of two models on the same customers, and between what 95 % of resamples of the difference lie."""

    before: float
    after: float
    low: float
    high: float


async def retrain(database: Database, folder: Path, effort: Effort = NIGHTLY) -> Verdict:
    """Train anew if there is enough that is new, and let the new model answer if it is better; the old one is kept.

    Better is: by more than noise on customers whom neither has seen, and better than chance.

    Raises:
        CustomersError: the customers cannot be learnt from, or a model cannot be written.
    """
    async with database.reading() as session:
        row = await trained_models.active(session, "churn")
        past = await trained_models.history(session, "churn")
        frame = known(await customers_frame(session))
    if row is None:
        return Verdict(False, "no churn model answers yet; amiko customers train churn makes the first")
    data = fingerprint(frame)
    if past[0].fingerprint == data:
        return Verdict(False, "nothing is known of the customers that was not when churn was last trained")
    try:
        active = load(row, folder)
    except CustomersError as error:
        number = await _promote(database, folder, train(frame, effort))
        return Verdict(True, f"churn model {number} answers, as the one before is refused: {error}")
    judges = _judges(frame, active)
    if judges is None:
        return Verdict(False, f"fewer than {FEWEST} customers of each outcome are new to churn model {active.id}")
    same = groups(frame)
    trained = train(frame[~np.isin(same, same[judges])], effort)
    judging = frame.iloc[judges]
    candidate = trained.contents.model.predict_proba(features(judging))[:, 1]
    found = gain(labels(judging), active.probabilities(judging), candidate)
    told = (
        f"ROC-AUC {found.after:.3f} on {len(judges)} customers whom neither had seen, {found.before:.3f} before; "
        f"95 % of the difference: {found.low:+.3f} to {found.high:+.3f}"
    )
    trained = replace(trained, fingerprint=data, figures={**trained.figures, "gain": asdict(found)})
    # Of two that tell nothing, one may by chance tell it worse.
    if found.low <= 0 or found.after <= CHANCE:
        async with database.session() as session:
            # Without a file: it never answers, and stands for what was tried on these data.
            refused = NewModel("churn", "", data, trained.protocol, trained.figures, datetime.now(UTC))
            await trained_models.record(session, refused)
        return Verdict(False, f"churn model {active.id} stays: a new one has {told}")
    unseen = _unseen(frame, trained, judges, candidate)
    model = refitted(trained.contents.model, features(frame), labels(frame), same)
    number = await _promote(database, folder, replace(trained, contents=contents(model, frame, unseen)))
    return Verdict(True, f"churn model {number} answers from now on: {told}")


def gain(outcomes: Array, before: Array, after: Array) -> Gain:
    """A paired bootstrap: both models rate the same customers, who are drawn anew with replacement (Efron, 1979).

    Args:
        outcomes: 1 for who dropped, 0 for who did not.
        before, after: P(drops) by the one and the other model.
    """
    random = np.random.default_rng(_SEED)
    better = _wins(outcomes, after) - _wins(outcomes, before)
    dropped, stayed = (random.multinomial(n, np.full(n, 1 / n), _RESAMPLES) for n in better.shape)
    differences = ((dropped @ better) * stayed).sum(axis=1) / better.size
    low, high = np.quantile(differences, [_NOISE, 1 - _NOISE])
    return Gain(float(_wins(outcomes, before).mean()), float(_wins(outcomes, after).mean()), float(low), float(high))


def _wins(outcomes: Array, rated: Array) -> Array:
    """1 where who dropped is rated above who did not, 0 below, 0.5 the same, (dropped, stayed): its mean is ROC-AUC."""
    dropped, stayed = rated[outcomes == 1][:, None], rated[outcomes == 0][None, :]
    won: Array = (dropped > stayed) + 0.5 * (dropped == stayed)
    return won


def _judges(frame: pd.DataFrame, active: Active) -> Array | None:
    """Places of customers whom a model has not learnt from, half of them or a few thousand; None where too few."""
    new = np.flatnonzero(~np.isin(prints(frame), active.contents.extra["prints"]))
    outcomes = labels(frame)[new]
    if min(outcomes.sum(), (1 - outcomes).sum()) < FEWEST:
        return None
    parts = max(2, round(len(new) / _MOST_JUDGES))
    judges: Array = new[folds(outcomes, groups(frame)[new], parts, _SEED)[0][1]]
    return judges


def _unseen(frame: pd.DataFrame, trained: Trained, judges: Array, candidate: Array) -> Array:
    """P(drops) of everybody by models that had not seen them: the outer folds', and for the judges the new one."""
    extra = trained.contents.extra
    place = np.minimum(np.searchsorted(extra["prints"], prints(frame)), len(extra["prints"]) - 1)
    unseen: Array = extra["unseen"][place]
    unseen[judges] = candidate
    return unseen


async def _promote(database: Database, folder: Path, trained: Trained) -> int:
    async with database.session() as session:
        number = await keep(session, folder, trained, datetime.now(UTC))
    await score_customers(database, folder)
    return number


if __name__ == "__main__":
    run(retrain)
