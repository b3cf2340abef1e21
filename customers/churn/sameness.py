"""Customers who are the same person under two ids, and which customers a model has learnt from already."""

from __future__ import annotations

import numpy as np
import pandas as pd

from customers.churn.features import NAMES, Array, features


def groups(frame: pd.DataFrame) -> Array:
    """A number a customer (int); those who are alike in every feature have the same one.

    Nobody's twin may stand on the other side of a split. Their labels play no part in it.
    """
    return features(frame).groupby(list(NAMES), sort=False, dropna=False).ngroup().to_numpy()


def prints(frame: pd.DataFrame) -> Array:
    """A fingerprint of each customer's features and outcome, without their id (uint64, one a customer)."""
    described = features(frame).assign(dropped=frame["dropped"].astype("float64"))
    hashed = pd.util.hash_pandas_object(described, index=False)
    return np.asarray(hashed, dtype=np.uint64)
