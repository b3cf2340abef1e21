"""From rows of the database to the arrays that routing learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from db.routing_outcomes import Told
from routing.departments import Department
from routing.evidence import Evidence, Floats, features, years
from routing.exposure import lean
from routing.learned import Learned, fingerprint
from routing.learning import Correction, Integers, Outcomes
from routing.rank import rank


@dataclass(frozen=True, eq=False)
class Data:
    """Outcomes of a chain, oldest first.

    Attributes:
        told: as the database has them; only those whose department is still there.
        visits: what was known of each.
        outcomes: the same as arrays; shops and cameras by their places in the two lists below.
        departments: keys, as the columns stand.
        rules: fingerprint of the departments.
        shops: ids, each with an outcome or without.
        cameras: (id of the shop, name).
    """

    told: Sequence[Told]
    visits: Sequence[Evidence]
    outcomes: Outcomes
    departments: tuple[str, ...]
    rules: str
    shops: tuple[int, ...]
    cameras: tuple[tuple[int, str], ...]

    def of_shop(self, shop_id: int) -> Integers:
        """Rows of a shop, oldest first."""
        return np.flatnonzero(self.outcomes.shop == self.shops.index(shop_id))

    def lean(self, rows: Integers) -> float:
        """How often the answer is what stood first, whatever was wanted, in the visits among these shown by lot."""
        lots = [self.told[row] for row in rows if self.told[row].by_lot]
        return lean([one.shown[0] == one.wanted for one in lots], [len(one.shown) for one in lots])

    def came(self, row: int) -> datetime:
        """When a visitor came."""
        return self.told[row].first_seen

    def learned(self, correction: Correction, shop_id: int) -> Learned:
        """What a correction of the chain says for one shop, ready to be kept."""
        place = self.shops.index(shop_id)
        own = correction.own[place] if place < len(correction.own) else np.zeros_like(correction.chain)
        return Learned(
            departments=self.departments,
            rules=self.rules,
            mean=correction.mean,
            scale=correction.scale,
            weights=correction.chain + own,
            cameras={
                name: correction.cameras[number]
                for number, (shop, name) in enumerate(self.cameras)
                if shop == shop_id and number < len(correction.cameras)
            },
            temperature=correction.temperature,
        )

    def fingerprint(self) -> str:
        """SHA-256, in hex, of which outcomes these are, and of the rules beside them."""
        digest = hashlib.sha256(self.rules.encode())
        for one in self.told:
            digest.update(f"{one.visit_id} {one.wanted}\n".encode())
        return digest.hexdigest()


def gather(told: Sequence[Told], departments: Sequence[Department], clocks: Mapping[int, ZoneInfo]) -> Data:
    """Arrays of these outcomes; one whose department is no longer there is left out.

    Args:
        told: oldest first.
        departments: of config.yaml now.
        clocks: the time zone of every shop, by its id.
    """
    keys = tuple(department.key for department in departments)
    told = [one for one in told if one.wanted in keys and one.shop_id in clocks]
    shops = tuple(sorted(clocks))
    cameras = tuple(sorted({(one.shop_id, one.camera) for one in told}))
    visits = [
        Evidence(one.bands, one.p_female, one.attire, one.camera, one.first_seen.astimezone(clocks[one.shop_id]))
        for one in told
    ]
    outcomes = Outcomes(
        x=features(visits),
        rules=np.array([_rules(visit, departments) for visit in visits]).reshape(len(visits), len(keys)),
        wanted=_whole(keys.index(one.wanted) for one in told),
        # Where the first one is no longer there, no department had its advantage.
        first=_whole(keys.index(one.shown[0]) if one.shown[0] in keys else -1 for one in told),
        shop=_whole(shops.index(one.shop_id) for one in told),
        camera=_whole(cameras.index((one.shop_id, one.camera)) for one in told),
    )
    return Data(told, visits, outcomes, keys, fingerprint(departments), shops, cameras)


def _rules(visit: Evidence, departments: Sequence[Department]) -> Floats:
    """log P by the rules, in the order of the departments; a band's probability is spread evenly over its years."""
    p = dict(rank(departments, years(visit.bands), visit.p_female, visit.attire).departments)
    return np.log([p[department.key] for department in departments])


def _whole(numbers: Iterable[int]) -> Integers:
    return np.array(list(numbers), np.int_)
