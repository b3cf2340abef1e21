"""Generated shops whose visitors want other things than config.yaml's affinities say, and who knows what they want.

A visitor's true age, gender and attire are drawn from what the networks say of them, which is thereby calibrated, and
P(department) by the oracle is exact: it knows the shop's tastes, and of the visitor no more than the networks do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import numpy as np

from amiko.config.routing import RoutingConfig
from routing.evidence import ATTIRE, BANDS, Evidence, Floats, bands, features, years
from routing.learning import Integers, Outcomes
from routing.rank import rank

DEPARTMENTS = RoutingConfig().as_departments()
KEYS = tuple(department.key for department in DEPARTMENTS)
CAMERAS = ("front", "back")

# Standard deviations of a shop's tastes beside the rules, in the logarithm of P: with 0.5, a third of the shops want a
# department more than 1.6 times as often as the rules say, or as seldom.
_LIKED = 0.5
_WOMEN = 0.5
_YEARS = 0.3  # from one age band to the next
_ATTIRE = 0.3
_HOUR = 0.3
_DAY = 0.2
_CAMERA = 0.3
_MONDAY = datetime(2026, 5, 4)
_DAYS = np.array([1, 1, 1, 1, 1.3, 1.8, 1.5])  # how many come from Monday to Sunday


@dataclass(frozen=True, eq=False)
class Visitors:
    """Some visitors of one shop.

    Attributes:
        outcomes: as routing learns from them.
        by_lot: (N,) whether the order of the card was drawn by lot.
        oracle: (N, K) what they want, by who knows the shop.
        wanted: (N,) what they really wanted, which an assistant who presses the first button does not say.
    """

    outcomes: Outcomes
    by_lot: np.ndarray
    oracle: Floats
    wanted: Integers


class GeneratedShop:
    """One shop with tastes of its own, the same for the same seed.

    Args:
        seed: of its tastes and visitors.
        lean: share of answers that are the first department of the card, whatever was wanted.
        by_lot: share of cards whose order is drawn by lot; on the others the rules' favourite is the first.
    """

    def __init__(self, seed: int, *, lean: float, by_lot: float) -> None:
        random = self._random = np.random.default_rng(seed)
        many = len(KEYS)
        self._lean, self._by_lot = lean, by_lot
        self._liked = random.normal(0, _LIKED, many)
        self._years = np.cumsum(random.normal(0, _YEARS, (len(BANDS), many)), axis=0)
        self._years -= self._years.mean(axis=0)
        self._women = random.normal(0, _WOMEN, many)
        self._attire = random.normal(0, _ATTIRE, (len(ATTIRE), many))
        self._hour = random.normal(0, _HOUR, (2, many))
        self._day = random.normal(0, _DAY, (7, many))
        self._camera = random.normal(0, _CAMERA, (len(CAMERAS), many))

    def visitors(self, number: int) -> Visitors:
        """So many of them, one after the other, and what is pressed on their cards."""
        random = self._random
        visits = [self._visitor() for _ in range(number)]
        oracle = self._oracle(visits)
        wanted = _drawn(oracle, random)
        rules = np.log(np.array([_rules(visit) for visit in visits]))
        by_lot = random.random(number) < self._by_lot
        first = np.where(by_lot, random.integers(0, len(KEYS), number), rules.argmax(axis=1))
        pressed = np.where(random.random(number) < self._lean, first, wanted)
        camera = np.array([CAMERAS.index(visit.camera) for visit in visits])
        outcomes = Outcomes(features(visits), rules, pressed, first, np.zeros(number, int), camera)
        return Visitors(outcomes, by_lot, oracle, wanted)

    def _visitor(self) -> Evidence:
        """What the networks say of somebody who comes in: an eighth are children, a quarter are sixty or so."""
        random = self._random
        kind = random.choice(3, p=[0.12, 0.63, 0.25])
        mean = (random.uniform(6, 18), random.normal(34, 9), random.normal(60, 8))[kind]
        age = np.exp(-0.5 * ((np.arange(101) - np.clip(mean, 3, 85)) / random.uniform(4, 8)) ** 2)
        sure = random.normal(3.2, 1.5) * (1 if random.random() < 0.58 else -1)
        day, hour = random.choice(7, p=_DAYS / _DAYS.sum()), np.clip(random.normal(15, 3.2), 9, 20.99)
        return Evidence(
            bands=bands(age / age.sum()),
            p_female=1 / (1 + np.exp(-sure)),
            attire=dict(zip(ATTIRE, random.beta(0.5, 1.8, len(ATTIRE)), strict=True)),
            camera=CAMERAS[int(random.random() < 0.4)],
            at=_MONDAY + timedelta(days=int(day), hours=float(hour)),
        )

    def _oracle(self, visits: list[Evidence]) -> Floats:
        """(N, K) P(department), over everybody whom each visitor may be."""
        hour = 2 * np.pi * np.array([visit.at.hour + visit.at.minute / 60 for visit in visits]) / 24
        when = np.column_stack([np.sin(hour), np.cos(hour)]) @ self._hour
        day = self._day[[visit.at.weekday() for visit in visits]]
        camera = self._camera[[CAMERAS.index(visit.camera) for visit in visits]]
        here = np.log([department.prior for department in DEPARTMENTS]) + self._liked + when + day + camera
        worn = np.array(list(product((0, 1), repeat=len(ATTIRE))))  # every way to be dressed
        p_worn = np.array([[visit.attire[trait] for trait in ATTIRE] for visit in visits])[:, None, :]
        p_dress = np.where(worn[None], p_worn, 1 - p_worn).prod(axis=2)
        dressed = worn @ (_by_attire() + self._attire)
        p = np.zeros_like(here)
        for band, by_age in enumerate(_by_age() + self._years):
            for female, by_gender in enumerate((_by_gender("male"), _by_gender("female") + self._women)):
                share = np.array(
                    [visit.bands[band] * (visit.p_female if female else 1 - visit.p_female) for visit in visits]
                )
                liking = np.exp((here + by_age + by_gender)[:, None, :] + dressed[None])
                p += share[:, None] * np.einsum("nc,nck->nk", p_dress, liking / liking.sum(axis=2, keepdims=True))
        return np.asarray(p / p.sum(axis=1, keepdims=True), np.float64)


def _rules(visit: Evidence) -> list[float]:
    p = dict(rank(DEPARTMENTS, years(visit.bands), visit.p_female, visit.attire).departments)
    return [p[key] for key in KEYS]


def _by_age() -> Floats:
    """(bands, K) of the rules, in the logarithm."""
    weights = np.ones((101, len(KEYS)))
    for place, department in enumerate(DEPARTMENTS):
        for (low, high), weight in department.age:
            weights[low : high + 1, place] = weight
    return np.log([weights[low : high + 1].mean(axis=0) for low, high in BANDS])


def _by_gender(gender: str) -> Floats:
    return np.log([department.gender.get(gender, 1.0) for department in DEPARTMENTS])


def _by_attire() -> Floats:
    """(traits, K) of the rules, in the logarithm."""
    return np.log([[department.attire.get(trait, 1.0) for department in DEPARTMENTS] for trait in ATTIRE])


def _drawn(p: Floats, random: np.random.Generator) -> Integers:
    return np.asarray((random.random(len(p))[:, None] > p.cumsum(axis=1)).sum(axis=1).clip(0, len(KEYS) - 1))
