"""`amiko evaluate`: how often a network is right on labelled pictures."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from amiko.config import parse_age_range
from amiko.config_file import load
from amiko.errors import AmikoError
from amiko.options import ConfigOption


class Network(StrEnum):
    """The three networks."""

    AGE = "age"
    GENDER = "gender"
    ATTIRE = "attire"


def evaluate(
    network: Annotated[Network, typer.Argument(help="Which network to measure.")],
    data: Annotated[
        list[Path],
        typer.Option(
            "--data", metavar="ZIP|FOLDER", help="Labelled pictures: with labels.csv, or as FairFace or UTKFace come."
        ),
    ],
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="open|research|FOLDER",
            help="Which weights; vision.weights of config.yaml without it. A folder comes from amiko train.",
        ),
    ] = None,
    validation: Annotated[
        bool, typer.Option("--validation", help="Only the tenth that training on the same data keeps out.")
    ] = False,
    ages: Annotated[
        str | None, typer.Option(metavar="21-60", help="Only faces labelled with these ages, both ends included.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables of a model card.")] = False,
    picture: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="Draw whether the probabilities mean what they say.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Measure a network: errors, coverage, and for age the check at a till.

    Faces are cut exactly as the worker cuts them, from the boxes in the labels, or detected where there are none.
    """
    from amiko import assemble
    from vision.evaluation.calibration import draw
    from vision.evaluation.markdown import as_markdown as markdown
    from vision.evaluation.run import Wanted, evaluate

    if ages and network is Network.ATTIRE:
        raise typer.BadParameter("goes with age and gender: clothes are labelled without ages", param_hint="--ages")
    if as_json and as_markdown:
        raise typer.BadParameter("goes without --markdown; ask for one of them", param_hint="--json")
    if picture is not None:
        _check_picture(picture)
    loaded = load(config)
    folder = None
    if weights in ("open", "research"):
        loaded = loaded.model_copy(update={"vision": loaded.vision.model_copy(update={"weights": weights})})
    elif weights is not None:
        folder = Path(weights)
        if folder.is_dir() and not (folder / f"{network.value}.safetensors").exists():
            raise AmikoError(
                f"--weights {folder}: holds no {network.value}.safetensors, so there is nothing to measure"
            )
    try:
        span = parse_age_range(ages) if ages else None
    except ValueError as error:
        raise AmikoError(f"--ages: {error}") from None
    wanted = Wanted(data, "validation" if validation else "all", span, loaded.vision.gender_unknown)
    figures = evaluate(network.value, assemble.networks(loaded, folder), wanted)
    for what, words in (
        ("unreadable", "could not be read"),
        ("faceless", "held no face"),
        ("unlabelled", "lacked a label that is needed"),
    ):
        if names := figures[what]:
            shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
            typer.secho(f"amiko: {len(names)} {words}, and are not among the figures: {shown}", err=True, fg="yellow")
    for label, rows in (("gender", "female and male"), ("age", "ages")):
        if lacking := figures.get(f"without_{label}"):
            of = f"{lacking} of the {figures['n']} faces"
            typer.secho(
                f"amiko: {of} have no {label} among their labels, and are in no row of {rows}", err=True, fg="yellow"
            )
    if as_markdown:
        typer.echo(markdown(network.value, figures), nl=False)
    elif as_json:
        typer.echo(json.dumps(figures, indent=2, ensure_ascii=False))
    else:
        for table in _tables(figures):
            Console().print(table)
    if picture is not None:
        try:
            draw(figures["calibration"], f"{network.value}, {figures['n']} pictures", picture)
        except OSError as error:
            raise AmikoError(f"--picture {picture}: cannot be written: {error.strerror}") from None


def _check_picture(path: Path) -> None:
    """Refuse a file that could not be written, before the pictures are read, which takes minutes."""
    if path.suffix.lower() != ".png":
        raise typer.BadParameter(f"draws a PNG, and {path} does not end with .png", param_hint="--picture")
    if not path.parent.is_dir():
        raise AmikoError(f"--picture {path}: there is no folder {path.parent}; create it, or name another")


def _tables(figures: dict[str, Any]) -> list[Table]:
    """The plain figures, and one table for each nested part."""
    plain = Table("figure", "value")
    tables = [plain]
    for name, value in figures.items():
        if name == "age_check":
            tables += [_age_check(value)] if value else []
        elif isinstance(value, dict):
            # Where nothing is known of a group, there is none to show.
            tables += [_parts(name, value)] if value else []
        elif not isinstance(value, list):
            plain.add_row(name, _text(value))
    return tables


def _parts(name: str, parts: dict[str, dict[str, Any]]) -> Table:
    columns = [name for name in next(iter(parts.values())) if not name.endswith("_ci95")]
    table = Table(name, *columns)
    for part, figures in parts.items():
        table.add_row(part, *(_text(figures[column]) for column in columns))
    return table


def _age_check(rows: list[dict[str, Any]]) -> Table:
    missed, asked = list(rows[0]["missed"]), list(rows[0]["asked"])
    table = Table(
        "ask for ID from P(<18)",
        *(f"{name}: not asked" for name in missed),
        *(f"{name}: asked" for name in asked),
        title="Age check at a till",
    )
    for row in rows:
        shares = [row["missed"][name] for name in missed] + [row["asked"][name] for name in asked]
        table.add_row(_text(row["threshold"]), *map(_text, shares))
    return table


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
