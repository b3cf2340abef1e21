"""`amiko train`: train a network on labelled pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from amiko.commands.evaluate import Network
from amiko.errors import AmikoError
from amiko.logs import set_up_logging
from vision.weights_file import FACE_SIZES, Terms


def train(
    network: Annotated[Network, typer.Argument(help="Which network to train.")],
    data: Annotated[
        list[Path],
        typer.Option(
            "--data",
            metavar="ZIP|FOLDER",
            help="Labelled pictures (docs/training.md); once for each set.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for weights, checkpoint, metrics.csv and curve.png.")],
    epochs: Annotated[int, typer.Option(min=1, help="Times each picture is seen.")] = 6,
    seed: Annotated[int, typer.Option(min=0, help="Of every random choice.")] = 1,
    init: Annotated[
        Path | None,
        typer.Option(
            help="Weights to start from; ImageNet's without it. For age and gender also InsightFace's w600k_mbf.onnx, "
            "whose trunk is larger, and whose terms are non-commercial research.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    limit_minutes: Annotated[
        float | None, typer.Option(min=0.1, help="End by then; the learning rate falls accordingly.")
    ] = None,
    freeze: Annotated[
        int, typer.Option(min=0, max=18, help="Blocks of the trunk, from the first, that stay as they are: faster.")
    ] = 0,
    average: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="Instead of training, take the mean of the weights of earlier trainings, which began from the same "
            "weights; once for each.",
        ),
    ] = None,
    start_share: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="With --average: share in the mean of the weights that training started from (attire only). It takes "
            "back what a small set was learnt by heart.",
        ),
    ] = 0.0,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="Learn beside the labels what the weights of an earlier training answer (age only); once for each.",
        ),
    ] = None,
    pair: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="NEAR FAR",
            exists=True,
            file_okay=False,
            help="Instead of training, put two trainings together, of which the first is to read the nearer view of "
            "each face and the second the farther one (age only, gender goes along): they err less often together than "
            "one that reads both, and cost no more.",
        ),
    ] = None,
    views: Annotated[
        tuple[float, float] | None,
        typer.Option(
            metavar="NEAR FAR",
            help="How near and how far away the network is to read faces, as factors of 1.3 x the face box (age and "
            "gender only); without it as the weights it starts from, or 0.92 1.08.",
        ),
    ] = None,
    face_size: Annotated[
        int | None,
        typer.Option(
            metavar="PX",
            min=FACE_SIZES[0],
            max=FACE_SIZES[1],
            help="Height and width of the crops in which it is to read faces (age and gender only); without it as the "
            "weights it starts from, or 112. Larger ones cost more time.",
        ),
    ] = None,
    held_out: Annotated[
        int,
        typer.Option(
            metavar="TENTH",
            min=0,
            max=9,
            help="Which tenth of the photos, 0 to 9, it is not to learn from, but be measured on (attire only). Ten "
            "trainings say more than one tenth of a small set can; publish one of tenth 0, the one that amiko evaluate "
            "--validation measures on.",
        ),
    ] = 0,
    publish: Annotated[
        Terms | None,
        typer.Option(
            metavar="open|research",
            help="Then put the weights where the software loads them from, among those that a shop may use (open), "
            "or those of non-commercial data (research).",
        ),
    ] = None,
) -> None:
    """Train a network; a training that was stopped goes on where it was when it is started again.

    Training age also writes gender.safetensors, which training gender can start from.
    """
    set_up_logging("INFO")
    try:
        from vision.training.attire_network import train_attire
        from vision.training.face_networks import train_age, train_gender
        from vision.training.pairing import pair_age

        if average and network is Network.GENDER:
            raise AmikoError("gender is averaged with age, whose trunk it shares: amiko train age --average …")
        if teacher and network is not Network.AGE:
            raise AmikoError("only age, with gender beside it, learns from teachers: amiko train age --teacher …")
        if pair and (network is not Network.AGE or average or teacher or init or views or face_size):
            raise AmikoError("--pair goes with age and --data alone: amiko train age --data … --out … --pair NEAR FAR")
        if held_out and network is not Network.ATTIRE:
            raise AmikoError("only attire takes a --held-out; age and gender are always measured on tenth 0")
        if held_out and (publish or average):
            raise AmikoError(
                "weights that learnt from tenth 0 are neither published nor averaged: amiko evaluate --validation "
                "measures on it; leave --held-out out"
            )
        if start_share and network is not Network.ATTIRE:
            raise AmikoError("only attire takes a --start-share; leave it out")
        if views is not None and network is Network.ATTIRE:
            raise AmikoError("attire is read from bodies, not from views of a face; leave --views out")
        if face_size is not None and network is Network.ATTIRE:
            raise AmikoError("attire is read from bodies, whose crops have one size; leave --face-size out")
        if views is not None and not 0.5 <= views[0] <= views[1] <= 2:
            raise AmikoError("--views: NEAR, then FAR, both between 0.5 and 2, for example 0.8 1.08")
        trainers: dict[str, Callable[..., Any]] = {"age": train_age, "gender": train_gender, "attire": train_attire}
        options = {
            "average": average,
            "start_share": start_share,
            "held_out": held_out,
            "teachers": teacher,
            "zooms": views,
            "face_size": face_size,
        }
        more: dict[str, Any] = {name: value for name, value in options.items() if value}
        if pair:
            pair_age(data, out, *pair)
        else:
            trainers[network.value](data, out, epochs, seed, init, limit_minutes, freeze, **more)
    except ModuleNotFoundError as error:
        # ImageNet's weights are only looked for where a training begins from them.
        raise AmikoError(f"training needs {error.name} too; install it: pip install 'amiko[train]'") from None
    from vision.training.publish import publish as put

    if publish is not None:
        # Training age teaches gender beside it, on the same trunk: they belong together.
        names = ["age", "gender"] if network is Network.AGE else [network.value]
        try:
            for name in names:
                put(out / f"{name}.safetensors", publish)
        except OSError as error:
            raise AmikoError(f"--publish {publish}: {error.filename} cannot be written: {error.strerror}") from None
        if network is Network.AGE:
            typer.echo(
                "Published. The age check at a till picks its threshold from a table that was measured with other "
                "weights: measure these with amiko evaluate age on faces they have not seen, and put its age_check "
                "into vision/age_check.py."
            )
