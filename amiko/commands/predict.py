"""`amiko predict`: what the networks say of the faces in a photo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from amiko import assemble
from amiko.config import Config
from amiko.config_file import load
from amiko.options import ConfigOption

if TYPE_CHECKING:
    from vision.face import Face
    from worker.reading import Reading


def predict(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Photos: JPEG, PNG, WebP.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per photo.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show age, gender, attire and department of every face in photos."""
    from vision.detector import FaceDetector
    from vision.errors import PictureError
    from vision.picture import read_picture

    loaded = load(config)
    networks = assemble.networks(loaded)
    detector = FaceDetector(loaded.vision.detector_long_side, loaded.vision.detector_threshold, loaded.vision.min_face)
    failed = False
    for path in images:
        try:
            picture = read_picture(path)
        except PictureError as error:
            failed = True
            typer.secho(f"amiko: {error}", err=True, fg="red")
            continue
        readings = _read(picture, loaded, detector, networks)
        if as_json:
            faces = [_as_json(face, reading) for face, reading in readings]
            typer.echo(json.dumps({"image": str(path), "faces": faces}, ensure_ascii=False))
        else:
            _show(path, readings)
    if failed:
        raise typer.Exit(1)


def _read(picture: Any, config: Config, detector: Any, networks: Any) -> list[tuple[Face, Reading]]:
    """Each face of a BGR picture, left to right, with what was read from it."""
    from routing.rank import rank
    from vision.crops import body_crop, face_views
    from worker.quality import quality
    from worker.reading import read

    faces = sorted(detector.detect(picture), key=lambda face: face.box[0])
    departments = config.routing.as_departments()
    answers = networks.predict(
        [face_views(picture, face.box, networks.views) for face in faces],
        [body_crop(picture, face.box) for face in faces],
    )
    return [
        (
            face,
            read(
                traits,
                rank(departments, traits.age, traits.p_female, traits.attire),
                gender_unknown=config.vision.gender_unknown,
                attire_thresholds=networks.attire_thresholds,
                good=int(quality(picture, face) >= config.worker.min_quality),
                faces=1,
            ),
        )
        for face, traits in zip(faces, answers, strict=True)
    ]


def _as_json(face: Face, reading: Reading) -> dict[str, Any]:
    return {"box": [round(edge, 1) for edge in face.box], "score": round(face.score, 4), **reading.as_json()}


def _show(path: Path, readings: list[tuple[Face, Reading]]) -> None:
    if not readings:
        typer.echo(f"{path}: no face found; faces must be at least as wide as vision.min_face says")
        return
    table = Table("face at", "age", "80 %", "gender", "P(female)", "attire", "department", "P", title=escape(str(path)))
    for face, reading in readings:
        table.add_row(
            f"{face.center[0]:.0f}, {face.center[1]:.0f}",
            f"{reading.age_mean:.0f}",
            f"{reading.age_low}-{reading.age_high}",
            reading.gender,
            f"{reading.p_female:.2f}",
            ", ".join(reading.attire) or "-",
            reading.department,
            f"{reading.department_p:.2f}",
        )
    Console().print(table)
