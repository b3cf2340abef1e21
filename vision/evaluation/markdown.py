"""Figures as Markdown tables, for model cards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

AGE_COLUMNS = ("n", "mae", "bias", "cs5", "coverage80", "bin_accuracy", "bin_within_1")
GENDER_COLUMNS = ("n", "accuracy", "unknown", "accuracy_told")
TRAIT_COLUMNS = ("n", "positives", "roc_auc", "average_precision", "f1")


def as_markdown(name: str, figures: dict[str, Any]) -> str:
    """The figures of the network called `name`, as `vision.evaluation.run.evaluate` gives them.

    A figure with a 95 % bootstrap interval is followed by it in brackets.
    """
    if name == "age":
        groups = {"all": figures, **figures["genders"], **figures["races"], **figures["bands"]}
        lines = list(_table("faces", groups, AGE_COLUMNS))
        if figures["age_check"]:
            lines += ["", *_age_check(figures["age_check"])]
    elif name == "gender":
        lines = list(_table("faces", {"all": figures, **figures["groups"]}, GENDER_COLUMNS))
        lines += ["", f"Balanced accuracy {_text(figures['balanced_accuracy'])}, ROC-AUC {_text(figures['roc_auc'])}."]
    else:
        lines = list(_table("trait", figures["traits"], TRAIT_COLUMNS))
        lines += ["", f"Mean ROC-AUC {_text(figures['macro_roc_auc'])}."]
    return "\n".join(lines) + "\n"


def _table(first: str, rows: dict[str, dict[str, Any]], columns: tuple[str, ...]) -> Iterator[str]:
    shown = [column for column in columns if any(figures[column] is not None for figures in rows.values())]
    yield f"| {first} | " + " | ".join(column.replace("_", " ") for column in shown) + " |"
    yield "|---|" + "---:|" * len(shown)
    for name, figures in rows.items():
        cells = [_text(figures[column]) + _range(figures.get(f"{column}_ci95")) for column in shown]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _age_check(rows: list[dict[str, Any]]) -> Iterator[str]:
    missed, asked = list(rows[0]["missed"]), list(rows[0]["asked"])
    heads = [f"{name} not asked" for name in missed] + [f"{name} asked" for name in asked]
    yield "| ask from P(< 18) | " + " | ".join(heads) + " |"
    yield "|---:|" + "---:|" * len(heads)
    for row in rows:
        shares = [row["missed"][name] for name in missed] + [row["asked"][name] for name in asked]
        yield f"| {row['threshold']:g} | " + " | ".join(map(_text, shares)) + " |"


def _text(value: float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _range(ends: list[float] | None) -> str:
    return f" ({ends[0]:.3f}–{ends[1]:.3f})" if ends else ""
