"""Whether probabilities mean what they say: of all that got 70 %, are 70 % true? As numbers and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

STEPS = 10


def reliability(p: NDArray[np.float64], truth: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """The reliability diagram of yes-or-no answers (Murphy & Winkler, 1977).

    Args:
        p, truth: of one shape; every pair counts.

    Returns:
        For each tenth of the probabilities that occurs: n, the mean probability "said", and the share "true".
    """
    step = np.minimum((p.ravel() * STEPS).astype(int), STEPS - 1)
    return [
        {"n": int(mask.sum()), "said": float(p.ravel()[mask].mean()), "true": float(truth.ravel()[mask].mean())}
        for mask in (step == index for index in range(STEPS))
        if mask.any()
    ]


def draw(steps: list[dict[str, Any]], title: str, picture: Path) -> None:
    """Draw a reliability diagram into a PNG; on the diagonal, probabilities mean what they say."""
    figure = Figure(figsize=(4.2, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([step["said"] for step in steps], [step["true"] for step in steps], marker="o")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability said", ylabel="share that is true", title=title)
    for step in steps:
        axes.annotate(str(step["n"]), (step["said"], step["true"]), (4, -9), textcoords="offset points", fontsize=6)
    figure.savefig(picture, dpi=130)
