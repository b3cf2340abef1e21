"""Departments and their affinities: who tends to want what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Department:
    """One department of the shop.

    A weight says how many times likelier than average a visitor of that kind is to want the department: 1 is
    neutral, 2 twice as likely, 0.5 half as likely.

    Attributes:
        key: short stable identifier, as stored in the database.
        names: display name by language code ("ru", "en").
        prior: how often visitors want it when nothing is known of them; only ratios between departments count.
        age: ((low, high), weight) for ranges of whole years, both ends included; years in no range weigh 1.
        gender: weight for "female" and for "male"; a missing one weighs 1.
        attire: weight for a visitor who shows the attire trait; one who does not weighs 1.
    """

    key: str
    names: Mapping[str, str]
    prior: float = 1.0
    age: tuple[tuple[tuple[int, int], float], ...] = ()
    gender: Mapping[str, float] = field(default_factory=dict)
    attire: Mapping[str, float] = field(default_factory=dict)
