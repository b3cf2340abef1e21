"""Two trainings put together: each reads its view of a face, and both are calibrated as one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision.data_sets import faces
from tests.vision.random_weights import write_random
from vision.architecture import EFFICIENTNET_LITE0, MOBILEFACENET
from vision.crops import Views, face_views
from vision.errors import TrainingError
from vision.labelled.errors import DataError
from vision.labelled.faces import read_faces
from vision.runtime import TraitNetworks
from vision.training.average import check_average
from vision.training.calibration import binary_loss
from vision.training.face_networks import train_age
from vision.training.pairing import pair_age
from vision.training.publish import publish
from vision.weights_file import FAR, WeightsError, read_far_weights, read_weights

NAMES = ("age", "gender")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with faces, two trainings, and the pair of them."""
    folder = tmp_path_factory.mktemp("trained")
    faces(folder / "faces.zip", 60)
    write_random(folder / "near", MOBILEFACENET, 1, Views(0.8, 1.0, 64), 0.9)
    write_random(folder / "far", EFFICIENTNET_LITE0, 2, Views(0.9, 1.2, 96), 0.7)
    pair_age([folder / "faces.zip"], folder / "pair", folder / "near", folder / "far")
    return folder


def test_a_pair_is_two_trainings_that_differ_in_nothing_but_their_calibration(trained: Path) -> None:
    for name in NAMES:
        temperatures, shifts = set(), set()
        for place, one in (("pair", "near"), (f"pair/{FAR}", "far")):
            before, after = (read_weights(name, trained / folder) for folder in (one, place))
            assert (after.network, after.views) == (before.network, before.views)
            for key, value in after.tensors.items():
                if (name, key) == ("gender", "head.bias"):
                    shifts.add(round(float(value[0] - before.tensors[key][0]), 2))
                else:
                    np.testing.assert_array_equal(value, before.tensors[key])
            temperatures.add(after.temperature)
            assert after.training["pair"] == "near, and far for the farther view"
        assert len(temperatures) == 1
        assert len(shifts) == (name == "gender")


def test_a_pair_is_calibrated_on_validation_faces_as_one(trained: Path, tmp_path: Path) -> None:
    """No other shift of P(female) fits them better; alone, the networks had others."""
    held_out = [face for face in read_faces([trained / "faces.zip"]).samples if face.validation]
    female = np.array([face.female for face in held_out])

    def odds(folder: Path) -> NDArray[np.float64]:
        networks = TraitNetworks.load("openvino", folder)
        _, p = networks.faces([face_views(face.image, face.box, networks.views) for face in held_out])
        return np.asarray(np.log(p / (1 - p)))

    best = binary_loss(odds(trained / "pair"), female)
    temperature = read_weights("gender", trained / "pair").temperature
    for other in (-0.3, 0.3):
        assert binary_loss(odds(trained / "pair") + other / temperature, female) >= best - 1e-3
    again = pair_age([trained / "faces.zip"], tmp_path / "again", trained / "near", trained / "far")
    assert again["gender_nll"] == pytest.approx(best, abs=2e-3)


def test_a_pair_is_published_whole_and_gives_way_to_one_training(trained: Path, tmp_path: Path) -> None:
    for name in NAMES:
        publish(trained / "pair" / f"{name}.safetensors", folder=tmp_path)
    assert TraitNetworks.load("openvino", tmp_path).views == Views(0.8, 1.2, 64, 96)
    publish(trained / "near" / "gender.safetensors", folder=tmp_path)
    assert read_far_weights("gender", tmp_path) is None
    assert read_far_weights("age", tmp_path) is not None
    publish(trained / "near" / "age.safetensors", folder=tmp_path)
    assert TraitNetworks.load("openvino", tmp_path).views == Views(0.8, 1.0, 64)


def test_a_training_is_no_pair_with_itself_or_with_a_pair(trained: Path, tmp_path: Path) -> None:
    def paired(near: str, far: str) -> None:
        pair_age([tmp_path / "no data"], tmp_path / "out", trained / near, trained / far)

    with pytest.raises(DataError, match="no pair with itself"):
        paired("near", "pair/../near")
    with pytest.raises(DataError, match="pair is a pair already"):
        paired("near", "pair")
    with pytest.raises(WeightsError, match="the weights are missing"):
        paired("near", "elsewhere")
    assert not (tmp_path / "out").exists()


def test_a_pair_is_not_written_over_what_it_is_made_of(trained: Path, tmp_path: Path) -> None:
    for folder in ("near", "far"):
        shutil.copytree(trained / folder, tmp_path / folder)
    for out in (tmp_path / "near", tmp_path):  # the farther view's folder in the latter is the second training's
        with pytest.raises(DataError, match="the pair would be written over"):
            pair_age([tmp_path / "no data"], out, tmp_path / "near", tmp_path / "far")


def test_a_pair_is_not_averaged_nor_written_over_by_a_training(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="pair is a pair of trainings; name those"):
        check_average([trained / "near", trained / "pair"])
    with pytest.raises(TrainingError, match="holds a pair of trainings; name another folder"):
        train_age([tmp_path / "no data"], trained / "pair")
