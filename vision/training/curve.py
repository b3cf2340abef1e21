"""A picture of the learning curves in a metrics.csv."""

from __future__ import annotations

import csv
from pathlib import Path

from matplotlib.figure import Figure


def draw_curve(metrics: Path, picture: Path) -> None:
    """Draw every figure of `metrics` over the epochs, a small plot each, into a PNG."""
    with metrics.open(newline="", encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    names = [name for name in rows[0] if name not in ("epoch", "minutes")]
    columns = min(4, len(names))
    lines = -(-len(names) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.4 * lines), layout="constrained")
    for index, name in enumerate(names):
        axes = figure.add_subplot(lines, columns, index + 1)
        axes.plot([row["epoch"] for row in rows], [row[name] for row in rows], marker="o", markersize=3)
        axes.set_title(name, fontsize=9)
        axes.tick_params(labelsize=7)
    figure.savefig(picture, dpi=110)
