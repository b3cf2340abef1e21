"""The stored model on customers it has never seen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from customers.churn.active import Active
from customers.churn.features import known, labels
from customers.churn.figures import figures
from customers.churn.sameness import prints
from customers.errors import CustomersError


def evaluate(model: Active, frame: pd.DataFrame) -> dict[str, Any]:
    """Figures of a model on the customers of a frame, fit for JSON.

    `learnt_from` counts those whom the model learnt from, whatever their id is now: with them among the customers, the
    figures flatter.

    Raises:
        CustomersError: nobody's outcome is known, or all have the same.
    """
    told = known(frame)
    outcomes = labels(told)
    if len(np.unique(outcomes)) < 2:
        raise CustomersError(
            "there is nothing to measure by: some of these customers must be known to buy less, and some not to"
        )
    return {
        "n": len(told),
        "dropped": int(outcomes.sum()),
        "learnt_from": int(np.isin(prints(told), model.contents.extra["prints"]).sum()),
        "model": model.id,
        "kind": model.protocol["model"],
        "synthetic": bool(told["synthetic"].any()),
        "threshold": model.threshold,
        **asdict(figures(outcomes, model.probabilities(told), model.threshold)),
    }
