"""Which network reads which view of a face: one both, or two of a pair one each."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision.random_weights import write_random
from vision.architecture import EFFICIENTNET_LITE0, MOBILEFACENET
from vision.crops import Views, face_view, face_views
from vision.probability import softmax
from vision.runtime import TraitNetworks
from vision.weights_file import FAR, SUMS, Terms, WeightsError

NEAR, FARTHER = Views(0.8, 1.0, 64), Views(0.9, 1.2, 96)
PAIR = Views(0.8, 1.2, 64, 96)
BACKENDS: tuple[Literal["openvino", "pytorch"], ...] = ("openvino", "pytorch")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks, of which the second reads the farther view; both as sure as the first's temperature says."""
    folder = tmp_path_factory.mktemp("pair")
    write_random(folder, MOBILEFACENET, 1, NEAR, 0.8)
    write_random(folder / FAR, EFFICIENTNET_LITE0, 2, FARTHER, 3.0)
    return folder


def faces(count: int) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Noise in both views of the pair."""
    rng = np.random.default_rng(3)
    return [face_views(rng.integers(0, 256, (90, 90, 3), np.uint8), (20, 20, 70, 70), PAIR) for _ in range(count)]


def test_a_pair_is_shown_the_nearer_view_of_one_and_the_farther_view_of_the_other(folder: Path) -> None:
    assert TraitNetworks.load("openvino", folder).views == PAIR
    near, far = faces(1)[0]
    assert (near.shape, far.shape) == ((64, 64, 3), (96, 96, 3))


def test_both_backends_give_the_same_answers_as_a_pair(folder: Path) -> None:
    ours, theirs = (TraitNetworks.load(backend, folder).faces(faces(5)) for backend in BACKENDS)
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one - other).max() < 2e-5
    assert np.ptp(ours[1]) > 1e-3, "all faces look alike to it"


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_of_a_pair_reads_its_own_view_in_whatever_order(
    backend: Literal["openvino", "pytorch"], folder: Path
) -> None:
    networks = TraitNetworks.load(backend, folder)
    shown = faces(3)
    turns = [3, 0, 6, 1, 2, 5]
    looks = networks.face_looks([shown[n // 2][turn % 2] for n, turn in enumerate(turns)], turns)
    for n, turn in enumerate(turns):
        alone = networks.face_looks([shown[n // 2][turn % 2]], [turn])
        np.testing.assert_allclose(looks[0][n], alone[0][0], atol=1e-5)
        assert looks[1][n] == pytest.approx(alone[1][0], abs=1e-5)


def test_what_a_pair_says_of_a_face_is_the_mean_of_what_each_says_of_its_view(folder: Path) -> None:
    networks = TraitNetworks.load("openvino", folder)
    pairs = faces(4)
    ages, females = networks.faces(pairs)
    (near, p_near), (far, p_far) = (
        networks.face_looks([pair[turn] for pair in pairs], [turn] * len(pairs)) for turn in (0, 1)
    )
    np.testing.assert_allclose(ages, softmax((np.log(near) + np.log(far)) / 2), atol=1e-5)
    odds = np.sqrt(p_near / (1 - p_near) * p_far / (1 - p_far))
    np.testing.assert_allclose(females, odds / (1 + odds), atol=1e-5)
    assert np.abs(near - far).max() > 1e-3


def test_a_pair_is_as_sure_as_the_first_of_it_says(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "alone")
    shutil.rmtree(tmp_path / "alone" / FAR)
    pair, alone = (TraitNetworks.load("openvino", where) for where in (folder, tmp_path / "alone"))
    near = [pair_of[0] for pair_of in faces(3)]
    for one, other in zip(pair.face_looks(near, [0, 0, 0]), alone.face_looks(near, [0, 1, 2]), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_crop_in_the_other_networks_size_is_refused(folder: Path) -> None:
    networks = TraitNetworks.load("openvino", folder)
    near, far = faces(1)[0]
    with pytest.raises(ValueError, match=r"age and gender network takes uint8 crops of \(96, 96, 3\)"):
        networks.faces([(near, near)])
    with pytest.raises(ValueError, match=r"takes uint8 crops of \(64, 64, 3\)"):
        networks.face_looks([far], [4])


def test_a_network_that_was_lost_is_missed(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "pair")
    (tmp_path / "pair" / FAR / "gender.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"far/gender\.safetensors: the weights are missing; restore"):
        TraitNetworks.load("openvino", tmp_path / "pair")
    (tmp_path / "pair" / FAR / SUMS).unlink()
    with pytest.raises(WeightsError, match=r"far/SHA256SUMS: the list of sums is missing"):
        TraitNetworks.load("openvino", tmp_path / "pair")


@pytest.mark.parametrize("terms", get_args(Terms))
def test_the_weights_that_ship_read_faces_as_they_are_shown(terms: Terms) -> None:
    networks = TraitNetworks.load("openvino", terms)
    picture = np.random.default_rng(5).integers(0, 256, (200, 200, 3), np.uint8)
    box = (50, 50, 150, 150)
    ages, _ = networks.faces([face_views(picture, box, networks.views)])
    looks, _ = networks.face_looks([face_view(picture, box, turn, networks.views) for turn in (0, 1)], [0, 1])
    np.testing.assert_allclose(ages[0], softmax(np.log(looks).mean(axis=0)), atol=1e-5)
