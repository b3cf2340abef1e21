"""The departments, and who wants which."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator

from amiko.config.section import Key, Language, Section, Trait, Weight
from amiko.departments import DEFAULT_DEPARTMENTS
from routing.departments import Department


class DepartmentConfig(Section):
    """One department: its names, how often it is wanted, and by whom."""

    key: Key
    names: dict[Language, str]
    prior: Weight = 1.0
    age: dict[str, Weight] = Field(
        default_factory=dict, description='Weight by age range, for example {"18-34": 1.5, "65+": 0.7}.'
    )
    gender: dict[Literal["female", "male"], Weight] = Field(default_factory=dict)
    attire: dict[Trait, Weight] = Field(default_factory=dict)

    @field_validator("names")
    @classmethod
    def _both_languages(cls, names: dict[str, str]) -> dict[str, str]:
        if missing := {"ru", "en"} - names.keys():
            raise ValueError(f"the name in {' and '.join(sorted(missing))} is missing")
        return names

    @field_validator("age")
    @classmethod
    def _ranges(cls, age: dict[str, float]) -> dict[str, float]:
        spans = sorted(parse_age_range(text) for text in age)
        for (_, high), (low, _) in pairwise(spans):
            if low <= high:
                raise ValueError(f"two age ranges overlap at {low}")
        return age


class RoutingConfig(Section):
    """Which department a visitor most likely wants."""

    departments: tuple[DepartmentConfig, ...] = Field(
        default_factory=lambda: tuple(DepartmentConfig.model_validate(d) for d in DEFAULT_DEPARTMENTS),
        min_length=1,
    )
    by_lot: float = Field(
        0.05, ge=0, le=0.5, description="Share of cards whose departments stand in an order drawn by lot."
    )

    @field_validator("departments")
    @classmethod
    def _unique(cls, departments: tuple[DepartmentConfig, ...]) -> tuple[DepartmentConfig, ...]:
        keys = [department.key for department in departments]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"the key {', '.join(sorted(twice))} stands twice")
        if "general" in keys:
            raise ValueError("the key general is kept for visitors of whom too little was seen")
        return departments

    def as_departments(self) -> tuple[Department, ...]:
        """The departments as routing takes them."""
        return tuple(
            Department(
                key=department.key,
                names=dict(department.names.items()),
                prior=department.prior,
                age=tuple((parse_age_range(span), weight) for span, weight in department.age.items()),
                gender=dict(department.gender.items()),
                attire=dict(department.attire.items()),
            )
            for department in self.departments
        )


def parse_age_range(text: str) -> tuple[int, int]:
    """ "18-34" as (18, 34), "65+" as (65, 100).

    Raises:
        ValueError: the text is no such range.
    """
    parts = re.fullmatch(r"(\d+)(?:-(\d+)|\+)", text)
    if parts is None:
        raise ValueError(f"{text!r} is no age range; write it as 18-34 or 65+")
    span = (int(parts[1]), int(parts[2] or 100))
    if not 0 <= span[0] <= span[1] <= 100:
        raise ValueError(f"{text!r} is no age range between 0 and 100")
    return span
