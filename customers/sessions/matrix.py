"""Features as a sparse matrix, a row for each session and a column for each term."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from customers.sessions.model import Head
from customers.sessions.terms import LOG_SECONDS, LOG_VIEWS

REGULARISED = {
    "a:": 0.5,
    "d:": 1.4,
    "step:": 1.5,
    "first:": 0.7,
    "last:": 0.7,
    "hour:": 0.5,
    "weekday:": 0.5,
    LOG_SECONDS: 0.3,
    LOG_VIEWS: 0.3,
}
"""How large a term of a kind is to the regression, 1 where nothing stands: a larger one is held back less.

Chosen in grouped folds, as the recipes were.
"""


@dataclass(frozen=True)
class FeatureMatrix:
    """Features of sessions.

    Attributes:
        values: sessions × terms.
        terms: the names of the columns.
    """

    values: sparse.csr_matrix
    terms: NDArray[np.object_]

    @staticmethod
    def of(features: pd.DataFrame, session_ids: pd.Index) -> FeatureMatrix:
        """Lay out features as they come from an engine.

        Args:
            features: session_id, term, value.
            session_ids: which row is whose; features of others are left out.
        """
        rows = session_ids.get_indexer(pd.Index(features["session_id"]))
        wanted = rows >= 0
        columns, terms = pd.factorize(features["term"].to_numpy(dtype=object)[wanted], sort=True)
        values = features["value"].to_numpy(dtype=np.float64)[wanted] * scales(terms)[columns]
        shape = (len(session_ids), len(terms))
        return FeatureMatrix(sparse.csr_matrix((values, (rows[wanted], columns)), shape=shape), terms)

    def head(self, coefficients: NDArray[np.float64], intercept: float) -> Head:
        """A regression over the columns, as one over terms; those it holds to be worth nothing are left out."""
        weights = coefficients * scales(self.terms)
        kept = np.flatnonzero(np.abs(weights) > 1e-9)
        return Head({str(self.terms[column]): float(weights[column]) for column in kept}, float(intercept))


def scales(terms: NDArray[np.object_]) -> NDArray[np.float64]:
    """What `REGULARISED` says of each term."""
    return np.array([REGULARISED.get(term[: term.find(":") + 1] or term, 1.0) for term in terms])
