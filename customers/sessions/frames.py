"""A session log in memory, from the database, as the engines take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from customers.sessions.features import features, features_with_past
from customers.sessions.log import Log
from customers.sessions.matrix import FeatureMatrix
from customers.sessions.terms import LOG_PAST


@dataclass(frozen=True)
class Frames:
    """A session log.

    Attributes:
        sessions: session_id, visitor (None where unknown), started_at, ended_at (without a zone, by the log's clock),
            gender ("male", "female" or None).
        views: session_id, position, category_a … category_d.
    """

    sessions: pd.DataFrame
    views: pd.DataFrame

    def log(self) -> Log:
        """As tables of whichever engine asks."""
        known = self.sessions[["session_id", "visitor", "started_at", "ended_at"]]
        schema = {"session_id": "string", "visitor": "string", "started_at": "timestamp", "ended_at": "timestamp"}
        return Log(ibis.memtable(known, schema=schema), ibis.memtable(self.views))


@dataclass(frozen=True)
class Labelled:
    """The sessions whose gender is known, laid out for learning; the others only count as somebody's past.

    Attributes:
        alone: features of each session alone.
        with_past: and with the past of its visitor.
        male: whether it is a man's.
        groups: its visitor's number; a session of an unknown visitor is a group of its own.
        past: whether a visitor's earlier session is remembered.
    """

    alone: FeatureMatrix
    with_past: FeatureMatrix
    male: NDArray[np.bool_]
    groups: NDArray[np.int64]
    past: NDArray[np.bool_]


def lay_out(frames: Frames, backend: Any) -> Labelled:
    """Compute the features of the labelled sessions.

    Args:
        frames: the log.
        backend: the Ibis backend that computes.
    """
    log = frames.log()
    known = frames.sessions[frames.sessions["gender"].notna()]
    ids = pd.Index(known["session_id"])
    alone = FeatureMatrix.of(backend.to_pandas(features(log)), ids)
    with_past = FeatureMatrix.of(backend.to_pandas(features_with_past(log)), ids)
    who = known["visitor"].where(known["visitor"].notna(), "session " + known["session_id"])
    past = np.asarray(with_past.values[:, with_past.terms == LOG_PAST].sum(axis=1)).ravel() > 0
    return Labelled(alone, with_past, (known["gender"] == "male").to_numpy(), pd.factorize(who)[0], past)
