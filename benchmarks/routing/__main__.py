"""How soon routing learns what visitors of a shop want: `python -m benchmarks.routing [--shops N] [--picture FILE]`.

Generated shops with tastes of their own (benchmarks/routing/shops.py), the same for the same seeds. In a tenth of the
visits assistants press the first department of the card whatever was wanted; the order of some cards, config.yaml's
default share, is drawn by lot. Hit rates are the expected share of 3,000 later visitors who want the department that is
named first, averaged over the shops:

- rules: config.yaml's affinities alone;
- learned: what a shop really gets: at night something new is learnt, the newest fifth judges it, and what is not better
  by more than noise does not answer;
- fitted: the same without a judge;
- oracle: who knows the shop's tastes, and of a visitor no more than the networks say.

Goals: half of the gap to the oracle is closed by 300 outcomes, and at no size it is worse than the rules by more than a
point. Exits with 1 where they are missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from amiko.config.routing import RoutingConfig
from benchmarks.routing.shops import KEYS, GeneratedShop, Visitors
from bot.learning.enough import ENOUGH, FEWEST, PARTS
from routing.evidence import Floats
from routing.exposure import lean
from routing.judgement import SURE, gain
from routing.learning import Correction, Outcomes, fit, learn

SIZES = (0, 10, 30, 100, 300, 1000, 3000)
NIGHTS = (100, 125, 150, 175, 200, 225, 250, 275, 300, 375, 470, 600, 750, 1000, 1250, 1600, 2000, 2500, 3000)
"""Outcomes of a shop at the nights that are played; before the first nothing can be judged."""

LEAN = 0.1
FIRST_SEED = 1
GOAL_CLOSED, GOAL_WORSE = 0.5, 0.01


@dataclass
class Shop:
    """What one generated shop came to: hit rates by size."""

    rules: float
    oracle: float
    learned: dict[int, float] = field(default_factory=dict)
    fitted: dict[int, float] = field(default_factory=dict)


def main() -> None:
    """Play the shops, and print the table."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--shops", type=int, default=40, help="how many, 40 unless told otherwise")
    arguments.add_argument("--picture", type=Path, help="a PNG of the table")
    told = arguments.parse_args()
    if told.shops < 1:
        arguments.error("--shops: at least 1")
    if told.picture and not told.picture.parent.is_dir():
        arguments.error(f"--picture: there is no folder {told.picture.parent}")
    began = time.process_time()
    shops = []
    for number in range(told.shops):
        shops.append(play(FIRST_SEED + number))
        print(f"\r{number + 1} of {told.shops} shops", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    rules, oracle = (100 * np.mean([getattr(shop, name) for shop in shops]) for name in ("rules", "oracle"))
    print("| outcomes | rules | learned | fitted | oracle | of the gap closed |\n|---:|---:|---:|---:|---:|---:|")
    table = {}
    for size in SIZES:
        learned, fitted = (100 * mean(shops, name, size) for name in ("learned", "fitted"))
        table[size] = (learned, fitted)
        print(
            f"| {size} | {rules:.1f} | {learned:.1f} | {fitted:.1f} | {oracle:.1f} "
            f"| {(learned - rules) / (oracle - rules):.0%} |"
        )
    print(f"\n{told.shops} shops, {time.process_time() - began:.0f} s of CPU time")
    if told.picture:
        draw(table, float(rules), float(oracle), told.picture)
    closed = (table[300][0] - rules) / (oracle - rules)
    worst = min(learned - rules for learned, _ in table.values()) / 100
    if closed < GOAL_CLOSED or worst < -GOAL_WORSE:
        sys.exit(f"missed: {closed:.0%} closed by 300 outcomes, at worst {100 * worst:+.1f} points beside the rules")


def play(seed: int) -> Shop:
    """The days of one shop."""
    shop = GeneratedShop(seed, lean=LEAN, by_lot=RoutingConfig().by_lot)
    past, later = shop.visitors(max(SIZES)), shop.visitors(3000)
    result = Shop(hits(np.exp(later.outcomes.rules), later), hits(later.oracle, later))
    answers: Correction | None = None
    learnt = 0  # outcomes that what answers has learnt from
    for size in sorted({*SIZES, *NIGHTS}):
        told = past.outcomes.take(np.arange(size))
        judges = size - size // PARTS
        if size >= ENOUGH and judges >= learnt:
            candidate = learn(told.take(np.arange(judges)), swayed(past, judges))
            newest = told.take(np.arange(judges, size))
            assert len(newest) >= FEWEST
            found = gain(asked(answers, newest), candidate.probabilities(newest), newest, candidate.lean)
            if found.surely >= SURE:
                whole = fit(told, candidate.strength, swayed(past, size))
                answers, learnt = whole.at_temperature(candidate.temperature), size
        if size in SIZES:
            result.learned[size] = hits(asked(answers, later.outcomes), later)
            fitted = learn(told, swayed(past, size)) if size else None
            result.fitted[size] = hits(asked(fitted, later.outcomes), later)
    return result


def asked(correction: Correction | None, outcomes: Outcomes) -> Floats:
    """P(department) by what was learnt, or by the rules."""
    return np.exp(outcomes.rules) if correction is None else correction.probabilities(outcomes)


def swayed(past: Visitors, size: int) -> float:
    """How often the first department is pressed whatever was wanted, as the first so many outcomes show it."""
    lots = np.flatnonzero(past.by_lot[:size])
    pressed = past.outcomes.wanted[lots] == past.outcomes.first[lots]
    return lean(list(pressed), [len(KEYS)] * len(lots))


def hits(p: Floats, visitors: Visitors) -> float:
    """The expected share of visitors who want the department that is named first."""
    return float(visitors.oracle[np.arange(len(p)), p.argmax(axis=1)].mean())


def mean(shops: list[Shop], name: str, size: int) -> float:
    """Over the shops."""
    return float(np.mean([getattr(shop, name)[size] for shop in shops]))


def draw(table: dict[int, tuple[float, float]], rules: float, oracle: float, path: Path) -> None:
    """Hit rate against outcomes, with the rules and the oracle as lines."""
    figure = Figure(figsize=(7, 4), dpi=120, layout="constrained")
    axes = figure.add_subplot(xlabel="outcomes", ylabel="named first and wanted, %")
    places = range(len(table))
    axes.axhline(oracle, color="#009E73", label="oracle")
    axes.plot(places, [fitted for _, fitted in table.values()], "o--", color="#9a9a9a", label="fitted, not judged")
    axes.plot(places, [learned for learned, _ in table.values()], "o-", color="#0072B2", label="learned")
    axes.axhline(rules, color="#D55E00", label="rules")
    axes.set_xticks(list(places), [str(size) for size in table])
    axes.grid(axis="y", color="#dddddd")
    axes.legend(loc="lower right")
    figure.savefig(path)


if __name__ == "__main__":
    main()
