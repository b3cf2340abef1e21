"""Learns from outcomes, lets the newest fifth of each shop judge, and keeps what is better by more than noise.

Every shop is judged by its own newest outcomes. One that has too few of them is judged by those of all shops together,
and then gets what the chain has learnt with the little that it adds itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from bot.learning.data import Data, gather
from bot.learning.enough import ENOUGH, FEWEST, PARTS
from db import routing_kept, shops
from db.engine import Database
from db.models import Shop
from db.routing_kept import NewRouting
from db.routing_outcomes import told
from routing.departments import Department
from routing.evidence import Floats
from routing.judgement import SURE, Gain, gain
from routing.learned import Learned, LearnedError, from_json
from routing.learning import Correction, Integers, fit, learn

_MOST_JUDGES = 2000  # more judge no better, and are missed by what learns
_MOST = 100_000  # outcomes of all shops, the newest: more teach little, and take memory and time


@dataclass(frozen=True)
class Verdict:
    """What came of it in one shop.

    Attributes:
        shop: its name.
        outcomes: how many it has.
        promoted: whether something new answers.
        gain: how much better the new one was; None where it could not be judged.
        sentence: all of that in words.
    """

    shop: str
    outcomes: int
    promoted: bool
    gain: Gain | None
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Nested values for JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class _Standing:
    """What answers in a shop now.

    Attributes:
        learned: the correction; None where the rules answer, for whatever reason.
        number: of its row; None with it.
        seen: until when outcomes were learnt from by a correction that answers or has answered.
        tried: fingerprint of the outcomes of the last trial.
    """

    learned: Learned | None
    number: int | None
    seen: datetime | None
    tried: str | None


async def train(database: Database, departments: Sequence[Department], *, keep: bool = True) -> list[Verdict]:
    """Learn from the outcomes of all shops; what came of it in each, by name.

    Args:
        departments: of config.yaml.
        keep: write down what was tried, and let it answer where it is better; otherwise only say so.
    """
    async with database.reading() as session:
        all_shops = await shops.list_all(session)
        rows = await told(session, _MOST)
        standing = {shop.id: await _standing(session, shop, departments) for shop in all_shops}
    data = gather(rows, departments, {shop.id: ZoneInfo(shop.time_zone) for shop in all_shops})
    trial = _Trial(data, standing, "answers from now on" if keep else "would answer from now on")
    verdicts, new = [], []
    for shop in all_shops:
        verdict = trial.verdict(shop)
        verdicts.append(verdict)
        if verdict.gain is not None:
            new.append((shop, verdict))
    if keep and new:
        whole = trial.whole() if any(verdict.promoted for _, verdict in new) else None
        for shop, verdict in new:
            await _keep(database, trial, whole if verdict.promoted else None, shop, verdict)
    return verdicts


class _Trial:
    """One learning from all but the newest outcomes, and its judgement by those."""

    def __init__(self, data: Data, standing: Mapping[int, _Standing], accepted: str) -> None:
        self.data = data
        self.fingerprint = data.fingerprint()
        self._accepted = accepted  # as it is said
        self._standing = standing
        self._judges = {shop: _newest(data.of_shop(shop)) for shop in data.shops}
        judges = np.concatenate([*self._judges.values(), np.zeros(0, np.int_)])
        self._teachers = np.setdiff1d(np.arange(len(data.told)), judges)
        self.lean = data.lean(self._teachers)
        self._all_judges = np.sort(judges)
        self.candidate: Correction | None = None
        if any(self._judged_by(shop) is not None for shop in data.shops):
            self.candidate = learn(data.outcomes.take(self._teachers), self.lean)

    def verdict(self, shop: Shop) -> Verdict:
        """Whether the new correction is better in a shop."""
        outcomes = len(self.data.of_shop(shop.id))
        rows = self._judged_by(shop.id)
        if rows is None or self.candidate is None:
            return Verdict(shop.name, outcomes, False, None, f"{shop.name}: {self._why_not(shop.id, outcomes)}")
        found = gain(self._now(rows), self._after(rows), self.data.outcomes.take(rows), self.lean)
        before, after = found.before, found.after
        better = found.surely >= SURE
        figures = (
            f"log loss {after.log_loss:.3f}, {before.log_loss:.3f} before, first right {after.top1:.0%}, "
            f"{before.top1:.0%} before, on the newest {len(rows)} outcomes{self._whose(shop.id)}; better in "
            f"{found.surely:.0%} of resamples"
        )
        told = self._accepted if better else f"is refused, {SURE:.0%} are needed"
        return Verdict(shop.name, outcomes, better, found, f"{shop.name}: what was learnt {told}: {figures}")

    def whole(self) -> Correction:
        """The same learnt from everything, with the prior and the temperature that were found."""
        assert self.candidate is not None
        everything = np.arange(len(self.data.told))
        fitted = fit(self.data.outcomes, self.candidate.strength, self.data.lean(everything))
        return fitted.at_temperature(self.candidate.temperature)

    def figures(self, shop_id: int, found: Gain) -> dict[str, Any]:
        """What is kept of a trial: the gain, how it was learnt, and what changes for the visitors of these judges.

        `instead_of` is the number of the correction that answered, None for the rules: a rollback brings it back.
        """
        assert self.candidate is not None
        rows = self._judged_by(shop_id)
        assert rows is not None
        before, after = self._now(rows).argmax(axis=1), self._after(rows).argmax(axis=1)
        return {
            **asdict(found),
            "instead_of": self._standing[shop_id].number,
            "own": len(self._judges[shop_id]) >= FEWEST,
            "strength": self.candidate.strength,
            "temperature": self.candidate.temperature,
            "lean": self.lean,
            "moved": float((before != after).mean()),
            "first": {
                key: [float((before == place).mean()), float((after == place).mean())]
                for place, key in enumerate(self.data.departments)
            },
        }

    def _judged_by(self, shop_id: int) -> Integers | None:
        """Rows that may judge in a shop: its newest, or all shops' where they are few; None where none may."""
        own, standing = self._judges[shop_id], self._standing[shop_id]
        if standing.tried == self.fingerprint:
            return None
        if len(own) >= FEWEST:
            return None if standing.seen is not None and self.data.came(int(own[0])) <= standing.seen else own
        rows = [row for row in self._all_judges if standing.seen is None or self.data.came(int(row)) > standing.seen]
        return np.array(rows) if len(rows) >= FEWEST else None

    def _why_not(self, shop_id: int, outcomes: int) -> str:
        standing = self._standing[shop_id]
        if standing.tried == self.fingerprint:
            return "nothing was told since it was last tried"
        if max(len(self._judges[shop_id]), len(self._all_judges)) < FEWEST:
            return f"{outcomes} outcomes; {ENOUGH} are needed before anything can be judged"
        return f"{outcomes} outcomes; not all of the newest fifth came after what was learnt from before"

    def _whose(self, shop_id: int) -> str:
        return "" if len(self._judges[shop_id]) >= FEWEST else " of all shops"

    def _now(self, rows: Integers) -> Floats:
        """P(department) of these rows by what answers in the shop of each."""
        outcomes = self.data.outcomes
        p = np.exp(outcomes.rules[rows])
        for place, shop_id in enumerate(self.data.shops):
            learned, here = self._standing[shop_id].learned, outcomes.shop[rows] == place
            if learned is not None and here.any():
                p[here] = learned.probabilities(p[here], [self.data.visits[row] for row in rows[here]])
        return p

    def _after(self, rows: Integers) -> Floats:
        assert self.candidate is not None
        return self.candidate.known_to(self.data.outcomes).probabilities(self.data.outcomes.take(rows))


async def _keep(database: Database, trial: _Trial, whole: Correction | None, shop: Shop, verdict: Verdict) -> None:
    """Write down what was tried, and let it answer from now on where the correction is given."""
    assert verdict.gain is not None
    contents = "" if whole is None else trial.data.learned(whole, shop.id).to_json()
    now = datetime.now(UTC)
    new = NewRouting(
        shop_id=shop.id,
        contents=contents,
        sha256=hashlib.sha256(contents.encode()).hexdigest() if contents else "",
        fingerprint=trial.fingerprint,
        outcomes=verdict.outcomes,
        learnt_until=trial.data.came(-1),
        figures=trial.figures(shop.id, verdict.gain),
        trained_at=now,
    )
    async with database.session() as session:
        number = await routing_kept.record(session, new)
        if whole is not None:
            await routing_kept.activate(session, shop.id, number, now)


async def _standing(session: AsyncSession, shop: Shop, departments: Sequence[Department]) -> _Standing:
    row = await routing_kept.active(session, shop.id)
    past = await routing_kept.history(session, shop.id)
    tried = past[0].fingerprint if past else None
    if row is None:
        return _Standing(None, None, await routing_kept.learnt_until(session, shop.id), tried)
    try:
        learned = from_json(row.contents, departments, row.sha256)
    except LearnedError:
        return _Standing(None, None, None, tried)  # the rules answer, and they have learnt from nothing
    return _Standing(learned, row.id, await routing_kept.learnt_until(session, shop.id), tried)


def _newest(rows: Integers) -> Integers:
    """The newest fifth of a shop's rows."""
    count = min(len(rows) // PARTS, _MOST_JUDGES)
    return rows[len(rows) - count :]
