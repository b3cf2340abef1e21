"""The training of session gender: features, figures in folds, and the model fitted to all sessions with a gender."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customers.errors import CustomersError
from customers.model_file import Contents
from customers.sessions import protocol
from customers.sessions.engines import EngineName, engine
from customers.sessions.figures import figures
from customers.sessions.fitting import FOLDS, fit_model
from customers.sessions.frames import Frames, Labelled, lay_out
from customers.sessions.prints import prints
from customers.sessions.terms import SCHEMA

FEWEST = 50
"""Sessions of each gender; fewer teach nothing that holds elsewhere."""


@dataclass(frozen=True)
class Trained:
    """A model, and how it came about.

    Attributes:
        contents: what its file holds.
        fingerprint: SHA-256 of the sessions it learnt from, in hex.
        protocol: how it was trained, fit for JSON.
        figures: what was measured, fit for JSON.
    """

    contents: Contents
    fingerprint: str
    protocol: dict[str, Any]
    figures: dict[str, Any]


def train(frames: Frames, engine_name: EngineName, *, synthetic: bool) -> Trained:
    """Train on every session whose gender is known; the others only count as somebody's past.

    Args:
        frames: the log.
        engine_name: what computes the features.
        synthetic: whether sessions of the log were generated.

    Raises:
        CustomersError: too few sessions have a gender, or the engine is not installed.
    """
    began = time.monotonic()
    _require_enough(frames)
    with engine(engine_name) as backend:
        labelled = lay_out(frames, backend)
    _require_visitors(labelled)
    model, probabilities = fit_model(labelled)
    learnt = np.sort(prints(frames, frames.sessions["gender"].notna()))
    return Trained(
        contents=Contents(model.contents(), SCHEMA, {"prints": learnt}),
        fingerprint=hashlib.sha256(learnt.tobytes()).hexdigest(),
        protocol={
            "model": "two logistic regressions: sessions alone, and with the visitor's past",
            "sessions": len(labelled.male),
            "male": int(labelled.male.sum()),
            "visitors": len(np.unique(labelled.groups)),
            "folds": protocol.DESCRIPTION,
            "synthetic": synthetic,
            "seconds": round(time.monotonic() - began, 1),
        },
        figures={
            **protocol.compare(labelled),
            "unseen visitors": figures(labelled.male, probabilities, model),
        },
    )


def _require_enough(frames: Frames) -> None:
    counts = frames.sessions["gender"].value_counts()
    fewer = min(int(counts.get("male", 0)), int(counts.get("female", 0)))
    if fewer < FEWEST:
        raise CustomersError(
            f"training needs {FEWEST} sessions of each gender, and there are {fewer} of the fewer; import more with "
            "amiko customers import-sessions"
        )


def _require_visitors(labelled: Labelled) -> None:
    """Return if the visitors of each gender can be spread over the folds."""
    for gender, of_gender in (("men", labelled.male), ("women", ~labelled.male)):
        if (number := _number(labelled.groups[of_gender])) < 2 * FOLDS:
            raise CustomersError(
                f"training needs sessions of {2 * FOLDS} visitors who are {gender}, and there are {number}; import "
                "more with amiko customers import-sessions"
            )


def _number(groups: NDArray[np.int64]) -> int:
    return len(np.unique(groups))
