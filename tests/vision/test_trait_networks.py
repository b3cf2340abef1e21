"""The three networks at work: two backends, the same answers, and answers that make sense."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from tests.vision.random_weights import write_random
from vision.architecture import MOBILEFACENET
from vision.crops import BODY_SIZE, FACE_SIZE, Views, face_views
from vision.joint import joined
from vision.labelled.bodies import read_bodies
from vision.labelled.source import read_pictures
from vision.runtime import TraitNetworks
from vision.traits import ATTIRE, YEARS
from vision.weights_file import WeightsError, read_weights, shipped, write_sums, write_weights

DATA = Path(__file__).parents[3] / "shared/data"
FAIRFACE = DATA / "faces/fairface.zip"
STREET = DATA / "attire/street.zip"
needs_data = pytest.mark.skipif(not (FAIRFACE.exists() and STREET.exists()), reason="../shared/data is not here")

# Both compute in float32 and differ only in the order of their sums. Measured: 5e-7 on noise, 2e-6 on real crops.
MOST_DIFFERENCE = 2e-5


@pytest.fixture(scope="module")
def openvino() -> TraitNetworks:
    return TraitNetworks.load("openvino")


@pytest.fixture(scope="module")
def pytorch() -> TraitNetworks:
    return TraitNetworks.load("pytorch")


def noise(seed: int, count: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    faces = rng.integers(0, 256, (count, 2, FACE_SIZE, FACE_SIZE, 3), np.uint8)
    bodies = rng.integers(0, 256, (count, *BODY_SIZE, 3), np.uint8)
    return list(faces), list(bodies)


def test_both_backends_give_the_same_answers_to_noise(openvino: TraitNetworks, pytorch: TraitNetworks) -> None:
    faces, bodies = noise(0, 20)
    for ours, theirs in zip(openvino.faces(faces), pytorch.faces(faces), strict=True):
        assert np.abs(ours - theirs).max() < MOST_DIFFERENCE
    assert np.abs(openvino.attires(bodies) - pytorch.attires(bodies)).max() < MOST_DIFFERENCE


def test_both_backends_give_the_same_answers_with_the_other_trunk(tmp_path: Path) -> None:
    write_random(tmp_path, MOBILEFACENET, 8)
    assert joined(*(read_weights(name, tmp_path) for name in ("age", "gender"))) is not None
    faces, _ = noise(9, 5)
    ours, theirs = (TraitNetworks.load(backend, tmp_path).faces(faces) for backend in ("openvino", "pytorch"))
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one - other).max() < MOST_DIFFERENCE
    assert np.ptp(ours[1]) > 1e-3, "all faces look alike to it"


@needs_data
def test_both_backends_give_the_same_answers_to_real_crops(openvino: TraitNetworks, pytorch: TraitNetworks) -> None:
    pictures = itertools.islice(read_pictures(FAIRFACE), 20)
    faces = [face_views(picture.image, picture.box) for picture in pictures if picture.box]
    bodies = [body.crop() for body in read_bodies([STREET]).samples[:20]]
    for ours, theirs in zip(openvino.faces(faces), pytorch.faces(faces), strict=True):
        assert np.abs(ours - theirs).max() < MOST_DIFFERENCE
    assert np.abs(openvino.attires(bodies) - pytorch.attires(bodies)).max() < MOST_DIFFERENCE


def test_predictions_are_probabilities(openvino: TraitNetworks) -> None:
    for traits in openvino.predict(*noise(1, 3)):
        assert traits.age.sum() == pytest.approx(1)
        assert (traits.age >= 0).all()
        assert 0 < traits.p_female < 1
        assert tuple(traits.attire) == ATTIRE
        assert all(0 < p < 1 for p in traits.attire.values())


def test_an_answer_does_not_depend_on_who_else_was_asked_about(openvino: TraitNetworks) -> None:
    faces, bodies = noise(2, 19)
    together = openvino.predict(faces, bodies)
    alone = openvino.predict(faces[17:18], bodies[17:18])[0]
    np.testing.assert_allclose(together[17].age, alone.age, atol=1e-6)
    assert together[17].p_female == pytest.approx(alone.p_female, abs=1e-6)
    assert dict(together[17].attire) == pytest.approx(dict(alone.attire), abs=1e-6)


def test_a_mirrored_body_gets_the_same_answer(openvino: TraitNetworks) -> None:
    _, bodies = noise(4, 2)
    np.testing.assert_allclose(
        openvino.attires(bodies), openvino.attires([body[:, ::-1] for body in bodies]), atol=1e-6
    )


def test_both_views_of_a_face_count_alike(tmp_path: Path) -> None:
    networks = TraitNetworks.load("openvino", near_alone(tmp_path))
    faces, _ = noise(4, 2)
    for one, other in zip(networks.faces(faces), networks.faces([face[::-1] for face in faces]), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    near, far = (networks.faces([np.stack([face[view]] * 2) for face in faces])[0] for view in (0, 1))
    assert not np.allclose(near, far, atol=1e-4)


def near_alone(folder: Path) -> Path:
    """The networks of the open set that read the nearer view, as a set that reads both with them."""
    for name in ("age", "gender"):
        shutil.copy(shipped(name) / f"{name}.safetensors", folder)
    write_sums(folder)
    return folder


@pytest.mark.parametrize("backend", ["openvino", "pytorch"])
def test_one_pass_for_two_networks_answers_as_two_do(backend: Literal["openvino", "pytorch"], tmp_path: Path) -> None:
    """The gender network with a trunk that differs in one number runs alone."""
    for name in ("age", "gender"):
        weights = read_weights(name, shipped(name))
        tensors = dict(weights.tensors)
        if name == "gender":
            tensors["blocks.0.convs.0.norm.bias"] = tensors["blocks.0.convs.0.norm.bias"] + np.float32(1e-4)
        write_weights(tmp_path / f"{name}.safetensors", replace(weights, tensors=tensors))
    write_sums(tmp_path)
    assert joined(*(read_weights(name, tmp_path) for name in ("age", "gender"))) is None
    (tmp_path / "one").mkdir()
    one_pass = TraitNetworks.load(backend, near_alone(tmp_path / "one"))
    two_passes = TraitNetworks.load(backend, tmp_path)
    faces, _ = noise(5, 3)
    for once, twice in zip(one_pass.faces(faces), two_passes.faces(faces), strict=True):
        np.testing.assert_allclose(once, twice, atol=5e-3)


def test_faces_are_taken_in_the_size_that_the_weights_want(tmp_path: Path) -> None:
    for name in ("age", "gender"):
        write_weights(
            tmp_path / f"{name}.safetensors", replace(read_weights(name, shipped(name)), views=Views(0.9, 1.1, 64))
        )
    write_sums(tmp_path)
    crops = list(np.random.default_rng(7).integers(0, 256, (3, 2, 64, 64, 3), np.uint8))
    backends: tuple[Literal["openvino", "pytorch"], ...] = ("openvino", "pytorch")
    answers = []
    for backend in backends:
        networks = TraitNetworks.load(backend, tmp_path)
        assert networks.views.size == 64
        answers.append(networks.faces(crops))
        with pytest.raises(ValueError, match=r"age and gender network takes uint8 crops of \(64, 64, 3\)"):
            networks.faces(noise(7, 1)[0])
    for ours, theirs in zip(*answers, strict=True):
        assert np.abs(ours - theirs).max() < MOST_DIFFERENCE


def test_the_shipped_age_and_gender_networks_need_one_pass() -> None:
    both = joined(*(read_weights(name, shipped(name)) for name in ("age", "gender")))
    assert both is not None
    assert both.network.outputs == 102


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds no weights"):
        TraitNetworks.load("openvino", tmp_path)


def test_age_and_gender_that_read_a_face_in_different_views_do_not_go_together(tmp_path: Path) -> None:
    other = replace(read_weights("age", shipped("age")), views=Views(0.7, 1.2, 128))
    write_weights(tmp_path / "age.safetensors", other)
    write_sums(tmp_path)
    with pytest.raises(WeightsError, match=r"views, 0\.7 in 128 px and 1\.2 in 128 px, and 0\.92 in 112 px"):
        TraitNetworks.load("openvino", tmp_path)


def test_nobody_in_means_nobody_out(openvino: TraitNetworks) -> None:
    assert openvino.predict([], []) == []
    ages, females = openvino.face_looks([], [])
    assert (ages.shape, females.shape, openvino.body_looks([]).shape) == ((0, 101), (0,), (0, 5))


def test_of_several_looks_at_a_body_every_other_one_is_mirrored(openvino: TraitNetworks) -> None:
    _, (body, *_) = noise(6, 1)
    worn = openvino.body_looks([body, body, body])
    assert not np.allclose(worn[0], worn[1], atol=1e-6)
    np.testing.assert_allclose(worn[0], worn[2], atol=1e-6)


def test_a_look_at_a_face_is_one_view_of_it(tmp_path: Path) -> None:
    networks = TraitNetworks.load("openvino", near_alone(tmp_path))
    (face, *_), _ = noise(6, 1)
    ages, females = networks.face_looks([face[0], face[1], face[0]], [0, 1, 2])
    np.testing.assert_allclose(ages[0], ages[2], atol=1e-6)
    twice = networks.faces([np.stack([face[1], face[1]])])
    np.testing.assert_allclose(ages[1], twice[0][0], atol=1e-6)
    assert females[1] == pytest.approx(twice[1][0], abs=1e-6)


def test_faces_and_bodies_must_come_in_pairs(openvino: TraitNetworks) -> None:
    faces, bodies = noise(3, 2)
    with pytest.raises(ValueError, match="2 faces came with 1 bodies"):
        openvino.predict(faces, bodies[:1])


@pytest.mark.parametrize("backend", ["openvino", "pytorch"])
def test_a_crop_of_another_shape_is_refused(backend: str, request: pytest.FixtureRequest) -> None:
    networks: TraitNetworks = request.getfixturevalue(backend)
    with pytest.raises(ValueError, match=r"age and gender network takes uint8 crops of \(112, 112, 3\)"):
        networks.faces([np.zeros((2, 100, 100, 3), np.uint8)])
    with pytest.raises(ValueError, match="float64"):
        networks.faces([np.zeros((2, 112, 112, 3))])


def test_every_trait_has_a_threshold(openvino: TraitNetworks) -> None:
    assert tuple(sorted(openvino.attire_thresholds)) == tuple(sorted(ATTIRE))
    assert all(0 < threshold < 1 for threshold in openvino.attire_thresholds.values())


def test_serving_with_openvino_does_not_import_pytorch() -> None:
    code = """
import sys
import numpy as np
from vision.runtime import TraitNetworks
networks = TraitNetworks.load("openvino")
networks.predict([np.zeros((2, 112, 112, 3), np.uint8)], [np.zeros((288, 200, 3), np.uint8)])
print(networks.backend, "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["openvino", "False"]


@needs_data
def test_the_shipped_weights_know_faces_they_were_not_trained_on(openvino: TraitNetworks) -> None:
    held_out = itertools.islice((p for p in read_pictures(FAIRFACE) if p.tenth == 0), 300)
    pictures = [picture for picture in held_out if picture.box]
    faces = [face_views(picture.image, picture.box) for picture in pictures if picture.box]
    female = np.array([picture.row["gender"] == "F" for picture in pictures])
    ages, females = openvino.faces(faces)
    assert ((females > 0.5) == female).mean() >= 0.85
    decades = np.array([float(picture.row["age"].split("-")[0].rstrip("+")) for picture in pictures])
    assert np.abs(ages @ YEARS - (decades + 4.5)).mean() <= 9
