"""Training and measuring from the command line.

python -m vision.training age --data faces.zip --out runs/age
python -m vision.training publish runs/age/age.safetensors
python -m vision.training report age --data faces.zip
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from vision.architecture import NETWORKS
from vision.training.attire_network import train_attire
from vision.training.face_networks import train_age, train_gender
from vision.training.labelled import DataError
from vision.training.publish import publish
from vision.training.report import report
from vision.weights_file import WeightsError

TRAINERS = {"age": train_age, "gender": train_gender, "attire": train_attire}


def main() -> int:
    """Parse the arguments and do what they say; 1 where it cannot be done."""
    options = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        if options.command == "report":
            sys.stdout.write(report(options.network, options.data, options.weights))
        elif options.command == "publish":
            publish(options.files)
        else:
            TRAINERS[options.command](
                options.data, options.out, options.epochs, options.seed, options.init, options.limit_minutes
            )
    except (DataError, WeightsError, ValueError) as error:
        logging.error("%s", error)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vision.training", description="Train and measure the networks.")
    commands = parser.add_subparsers(dest="command", required=True)
    data_help = "zips or folders with labels.csv"
    for name in TRAINERS:
        command = commands.add_parser(name, help=f"train the {name} network")
        command.add_argument("--data", type=Path, nargs="+", required=True, help=data_help)
        command.add_argument("--out", type=Path, required=True, help="folder for weights, metrics and checkpoint")
        command.add_argument("--epochs", type=int, default=5)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--init", type=Path, help="weights file to start from; ImageNet without it")
        command.add_argument("--limit-minutes", type=float, help="end by then, whatever the epochs")
    command = commands.add_parser("report", help="print the figures of a model card")
    command.add_argument("network", choices=list(NETWORKS))
    command.add_argument("--data", type=Path, nargs="+", required=True, help=data_help)
    command.add_argument("--weights", type=Path, help="folder of weights; those that ship without it")
    command = commands.add_parser("publish", help="put trained weights where the software loads them from")
    command.add_argument("files", type=Path, nargs="+", help="age, gender or attire .safetensors")
    return parser


if __name__ == "__main__":
    sys.exit(main())
