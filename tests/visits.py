"""A visit to put into a database, as the worker would have decided it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from uuid_utils.compat import uuid7

from db.visits import NewVisit


def new_visit(seen: datetime, **changes: Any) -> NewVisit:
    """A woman of about thirty in a dress, first and last seen at `seen`; `changes` replace fields."""
    plain = NewVisit(
        id=str(uuid7()),
        camera="Entrance",
        origin="camera",
        first_seen=seen,
        decided_at=seen,
        last_seen=seen,
        faces=6,
        age_mean=29.4,
        age_low=24,
        age_high=35,
        age_band="25-34",
        gender="female",
        p_female=0.93,
        attire_labels=["dress"],
        attire_scores={"dress": 0.8, "formal": 0.1},
        department="cosmetics",
        department_p=0.4,
        ranking=[("cosmetics", 0.4), ("kids", 0.2)],
        reason="3 good faces agree",
        snapshot=None,
    )
    return replace(plain, **changes)
