"""Pictures of a training: what moves the model (a beeswarm), and how far one split is from another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import shap
from matplotlib.figure import Figure

from customers.churn.comparison import Place
from customers.churn.features import Array

_DPI = 150
_INCHES = (7.2, 9.0)  # 1080 × 1350 px, a telephone held upright
_SHOWN = 14  # features


def beeswarm(values: Array, x: pd.DataFrame, title: str, path: Path) -> None:
    """One dot a customer and feature: to the right it speaks for leaving; its colour is the feature's value."""
    # shap draws on pyplot's current figure, and nowhere else.
    mpl.use("agg")
    from matplotlib import pyplot

    named = [name.replace("_", " ") for name in x.columns]
    figure = pyplot.figure(figsize=_INCHES)
    axes = shap.plots.beeswarm(
        shap.Explanation(values=values, data=x.to_numpy(), feature_names=named),
        max_display=_SHOWN,
        show=False,
        plot_size=None,
        group_remaining_features=False,
        s=12,
        color_bar_label="the customer's value",
    )
    axes.set_title(title, fontsize=15, pad=14)
    axes.set_xlabel("← against leaving      for leaving →", fontsize=14)
    axes.tick_params(labelsize=13)
    figure.tight_layout()
    figure.savefig(path, dpi=_DPI)
    pyplot.close(figure)


def splits(places: Sequence[Place], judged: Array, title: str, path: Path) -> None:
    """The leaderboard, mean ± sd, above the ROC-AUC of the winner on each of many single splits."""
    figure = Figure(figsize=_INCHES, dpi=_DPI)
    board, single = figure.subplots(2, 1, height_ratios=(3, 2))
    names = [place.name for place in reversed(places)]
    means = [place.mean.roc_auc for place in reversed(places)]
    board.errorbar(
        means, names, xerr=[place.sd.roc_auc for place in reversed(places)], fmt="o", color="#0072B2", capsize=4
    )
    for height, mean in enumerate(means):
        board.annotate(f"{mean:.3f}", (mean, height), (0, 7), textcoords="offset points", ha="center", fontsize=12)
    board.set_title(title, fontsize=15)
    board.margins(y=0.12)
    single.hist(judged, bins=15, color="#E69F00")
    single.set_title(
        f"The winner on {len(judged)} single splits of 75/25:\n{judged.min():.3f} to {judged.max():.3f}", fontsize=15
    )
    for axes in (board, single):
        axes.tick_params(labelsize=13)
        axes.set_xlabel("ROC-AUC on customers not learnt from", fontsize=13)
    figure.tight_layout()
    figure.savefig(path)
