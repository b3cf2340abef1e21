"""What is kept of a visit for routing to learn from: the ages' distribution, and the order of the card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from amiko.config import Config
from db.engine import Database
from db.offering import Offer
from db.visits import NewVisit
from routing.rank import rank
from vision.traits import AGE_BANDS, Traits
from worker.pipeline import Event
from worker.reading import read
from worker.recorder import Recorder
from worker.visit import Visit

DEPARTMENTS = Config().routing.as_departments()
AGE = np.exp(-(((np.arange(101) - 30) / 9) ** 2))
TRAITS = Traits(AGE / AGE.sum(), 0.9, {})


def entry(recorder: Recorder, number: int = 0, *, good: int = 3, **changes: Any) -> NewVisit:
    """The row of a decided visit."""
    ranking = rank(DEPARTMENTS, TRAITS.age, TRAITS.p_female, TRAITS.attire)
    reading = read(TRAITS, ranking, gender_unknown=(0.35, 0.65), attire_thresholds={}, good=good, faces=4)
    visit = replace(Visit(f"visit {number}", "Entrance", 0.0, 1.0, 1.0, 4, reading), **changes)
    row = recorder.entry(Event("decided", visit), lambda _: datetime.now(UTC))
    assert isinstance(row, NewVisit)
    return row


NEVER_OPENED = Database("sqlite+aiosqlite:///none.db")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(NEVER_OPENED, "camera", Offer(by_lot=0.5))


def test_the_distribution_of_the_age_is_kept_by_bands(recorder: Recorder) -> None:
    row = entry(recorder)
    assert row.age_bands == [pytest.approx(TRAITS.age[low : high + 1].sum(), abs=1e-4) for low, high in AGE_BANDS]


def test_a_share_of_the_cards_has_its_order_drawn_by_lot_with_the_propensity_of_its_first(recorder: Recorder) -> None:
    rows = [entry(recorder, number) for number in range(200)]
    drawn = [row for row in rows if row.shown is not None]
    assert 70 < len(drawn) < 130
    for row in rows:
        first = row.shown[0] if row.shown else row.department
        assert row.propensity == pytest.approx(0.5 + 0.5 / 6 if first == row.department else 0.5 / 6)


@pytest.mark.parametrize("changes", [{"checkout": True}, {"good": 0}])
def test_where_no_department_is_offered_nothing_is_drawn(recorder: Recorder, changes: dict[str, Any]) -> None:
    rows = [entry(recorder, number, **changes) for number in range(40)]
    assert {(row.shown is None, row.propensity) for row in rows} == {(True, None)}


def test_where_nobody_is_told_there_is_no_card() -> None:
    row = entry(Recorder(NEVER_OPENED, "replay", None))
    assert (row.shown, row.propensity) == (None, None)
    assert row.age_bands is not None
