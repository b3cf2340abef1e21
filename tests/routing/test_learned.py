"""What was learnt, asked one visitor at a time, and the same again after it was kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from routing.departments import Department
from routing.evidence import FEATURES, bands, years
from routing.learned import Learned, LearnedError, fingerprint, from_json
from routing.rank import rank

DEPARTMENTS = (Department("a", {"en": "A"}, prior=3), Department("b", {"en": "B"}, prior=1, gender={"female": 2.0}))
AGE = np.full(101, 1 / 101)
NOON = datetime(2026, 5, 4, 12)


def learned(**changes: Any) -> Learned:
    """Nothing was learnt yet, but for what the test says."""
    plain = Learned(
        departments=("a", "b"),
        rules=fingerprint(DEPARTMENTS),
        mean=np.zeros(len(FEATURES)),
        scale=np.ones(len(FEATURES)),
        weights=np.zeros((2, len(FEATURES) + 1)),
        cameras={},
        temperature=1.0,
    )
    return replace(plain, **changes)


def asked(model: Learned, **changes: Any) -> dict[str, float]:
    where = {"camera": "door", "at": NOON, **changes}
    return dict(model.rank(DEPARTMENTS, AGE, 0.5, {}, **where).departments)


def test_without_anything_learnt_the_rules_stand() -> None:
    assert asked(learned()) == pytest.approx(dict(rank(DEPARTMENTS, AGE, 0.5, {}).departments))


def test_a_weight_moves_its_department_for_visitors_who_have_the_feature() -> None:
    weights = np.zeros((2, len(FEATURES) + 1))
    weights[1, FEATURES.index("sat")] = np.log(4)
    model = learned(weights=weights)
    weekday, saturday = asked(model), asked(model, at=datetime(2026, 5, 9, 12))
    assert saturday["b"] / saturday["a"] == pytest.approx(4 * weekday["b"] / weekday["a"])


def test_a_camera_moves_only_its_own_visitors() -> None:
    model = learned(cameras={"back door": np.array([0.0, 2.0])})
    assert asked(model, camera="back door")["b"] > asked(model)["b"]
    assert asked(model, camera="a new one") == asked(model)


def test_the_factor_says_how_far_learning_moved_a_department() -> None:
    weights = np.zeros((2, len(FEATURES) + 1))
    weights[1, -1] = 1.0
    ranking = learned(weights=weights).rank(DEPARTMENTS, AGE, 0.5, {}, camera="door", at=NOON)
    before = dict(rank(DEPARTMENTS, AGE, 0.5, {}).departments)
    for key, p in ranking.departments:
        assert ranking.factors[key]["learned"] == pytest.approx(p / before[key])


def test_a_higher_temperature_is_less_sure() -> None:
    assert asked(learned(temperature=2.0))["a"] < asked(learned())["a"]


def test_what_was_kept_answers_the_same() -> None:
    random = np.random.default_rng(2)
    model = learned(weights=random.normal(size=(2, len(FEATURES) + 1)), cameras={"дверь": np.array([0.1, -0.1])})
    text = model.to_json()
    again = from_json(text, DEPARTMENTS, hashlib.sha256(text.encode()).hexdigest())
    assert asked(again, camera="дверь") == asked(model, camera="дверь")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"features": ["age"]}, "another version"),
        ({"format": 2}, "another version"),
        ({"weights": [[0.0]]}, "its numbers are none"),
        ({"temperature": float("nan")}, "its numbers are none"),
        ({"temperature": 0.0}, "its numbers are none"),
        ({"cameras": {"door": ["x", "y"]}}, "its numbers are none"),
    ],
)
def test_what_does_not_fit_is_refused(damage: dict[str, Any], says: str) -> None:
    text = json.dumps({**json.loads(learned().to_json()), **damage})
    with pytest.raises(LearnedError, match=says):
        from_json(text, DEPARTMENTS, hashlib.sha256(text.encode()).hexdigest())


def test_a_damaged_text_is_refused() -> None:
    text = learned().to_json()
    with pytest.raises(LearnedError, match="damaged"):
        from_json(text[:-1] + " }", DEPARTMENTS, hashlib.sha256(text.encode()).hexdigest())


@pytest.mark.parametrize(
    "now",
    [
        DEPARTMENTS[:1],
        (*DEPARTMENTS, Department("c", {})),
        (replace(DEPARTMENTS[0], prior=2), DEPARTMENTS[1]),
        (DEPARTMENTS[0], replace(DEPARTMENTS[1], gender={"female": 3.0})),
    ],
)
def test_what_was_learnt_beside_other_departments_is_refused(now: tuple[Department, ...]) -> None:
    text = learned().to_json()
    with pytest.raises(LearnedError, match=r"routing\.departments of config\.yaml has changed"):
        from_json(text, now, hashlib.sha256(text.encode()).hexdigest())


def test_another_name_of_a_department_changes_nothing() -> None:
    renamed = (replace(DEPARTMENTS[0], names={"en": "Other"}), DEPARTMENTS[1])
    assert fingerprint(renamed) == fingerprint(DEPARTMENTS)


def test_bands_keep_of_an_age_what_the_rules_ask_of_it() -> None:
    department = Department("young", {}, age=(((18, 34), 3.0), ((65, 100), 0.5)))
    age = np.exp(-(((np.arange(101) - 31) / 7) ** 2))
    age /= age.sum()
    exact, kept = (
        dict(rank([department, Department("rest", {})], p, 0.5, {}).departments)["young"]
        for p in (age, years(bands(age)))
    )
    assert kept == pytest.approx(exact, abs=1e-4)
