"""The stored model on sessions it has never seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from customers.errors import CustomersError
from customers.sessions.active import Active
from customers.sessions.engines import EngineName, engine
from customers.sessions.figures import figures
from customers.sessions.frames import Frames
from customers.sessions.prints import prints
from customers.sessions.scoring import probabilities


def evaluate(model: Active, frames: Frames, engine_name: EngineName) -> dict[str, Any]:
    """Figures of a model on the sessions of a log whose gender is known, fit for JSON.

    They are of the answers that the product gives: where a visitor is known, with what they had looked at in sessions
    of this log that had ended before. "alone" holds the figures without any past. `learnt_from` counts sessions that
    the model learnt from, whatever their id is now: with them, the figures flatter.

    Raises:
        CustomersError: no session has a gender, or all have the same, or the engine is not installed.
    """
    known = frames.sessions["gender"].notna()
    told = frames.sessions[known]
    male = (told["gender"] == "male").to_numpy()
    if not 0 < male.sum() < len(male):
        raise CustomersError(
            "there is nothing to measure by: some of these sessions must be known to be men's, and some women's"
        )
    with engine(engine_name) as backend:
        found = probabilities(model.model, frames.log(), backend).loc[told["session_id"]]
    return {
        "model": model.id,
        "synthetic": bool(model.protocol["synthetic"]),
        "learnt_from": int(np.isin(prints(frames, known), model.learnt).sum()),
        **figures(male, found["p_male"].to_numpy(), model.model),
        "alone": figures(male, found["alone"].to_numpy(), model.model),
    }
