"""Probabilities for all sessions of a log at once, computed by an engine."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy.special import expit

from customers.sessions.features import features, features_with_past, scores
from customers.sessions.log import Log
from customers.sessions.model import GenderModel, Head
from customers.sessions.terms import LOG_PAST


def probabilities(model: GenderModel, log: Log, backend: Any) -> pd.DataFrame:
    """P(male) of each session, by session_id: "p_male", and "alone" for what it is without the visitor's past.

    Args:
        model: that answers.
        log: the sessions and the past that is known of their visitors.
        backend: the Ibis backend that computes.
    """
    remembering = features_with_past(log)
    returning = remembering.filter(remembering.term == LOG_PAST).select("session_id", past=ibis.literal(1))
    alone = scores(features(log), _weights(model.alone)).rename(alone="score")
    with_past = scores(remembering, _weights(model.with_past)).rename(with_past="score")
    found = backend.to_pandas(
        log.sessions.select("session_id")
        .left_join(alone, "session_id")
        .drop("session_id_right")
        .left_join(with_past, "session_id")
        .drop("session_id_right")
        .left_join(returning, "session_id")
        .drop("session_id_right")
    ).set_index("session_id")
    # Terms without a weight have no score; a session of such terms only has the intercept.
    logit_alone = found["alone"].fillna(0.0).to_numpy() + model.alone.intercept
    logit_with_past = found["with_past"].fillna(0.0).to_numpy() + model.with_past.intercept
    past = found["past"].notna().to_numpy()
    return pd.DataFrame(
        {"p_male": expit(np.where(past, logit_with_past, logit_alone)), "alone": expit(logit_alone)}, index=found.index
    )


def _weights(head: Head) -> Any:
    terms = pd.DataFrame({"term": list(head.weights), "weight": list(head.weights.values())})
    return ibis.memtable(terms, schema={"term": "string", "weight": "float64"})
