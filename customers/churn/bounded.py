"""Pulls what lies far outside back to the edge, so that one revenue of 106,862 does not squeeze all others together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

_EDGE = 0.005  # of the customers at each end


class Bounded(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Clips each feature to its 0.5 % and 99.5 % quantiles in training (winsorizing)."""

    def fit(self, x: Any, y: Any = None) -> Bounded:
        """Learn the bounds of features, (customers, features)."""
        self.low_, self.high_ = np.quantile(np.asarray(x, dtype=float), [_EDGE, 1 - _EDGE], axis=0)
        return self

    def transform(self, x: Any) -> NDArray[Any]:
        """The features within their bounds."""
        within: NDArray[Any] = np.clip(np.asarray(x, dtype=float), self.low_, self.high_)
        return within
