"""The training loop: it learns, it can be continued, and it ends in time."""

from __future__ import annotations

import csv
import resource
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from vision.errors import TrainingError
from vision.training.loop import Schedule, Task, train


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


def test_a_long_training_waits_half_of_its_epochs_for_a_better_one(tmp_path: Path) -> None:
    # The learning rate is still high at the sixth epoch, after which a short training would end.
    qualities = iter([0.9, 0.5, *[0.7] * 8, 0.4, *[0.7] * 10])
    task = replace(line_task([]), validate=lambda model: {"nll": next(qualities)})
    assert train(task, schedule(20), tmp_path) == {"nll": 0.4}
    assert epochs_in(tmp_path)[-1] == "20"
    # But not for ever: here the second stays the best.
    qualities = iter([0.9, 0.5, *[0.7] * 18])
    assert train(task, schedule(20), tmp_path / "vain") == {"nll": 0.5}
    assert epochs_in(tmp_path / "vain")[-1] == "12"


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
    with pytest.raises(TrainingError, match="held_out 0 there, 3 here"):
        train(line_task([]), replace(schedule(2), held_out=3), tmp_path)


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


def test_training_ends_in_time(tmp_path: Path) -> None:
    train(line_task([]), schedule(100_000, minutes=0.01), tmp_path)
    assert len(epochs_in(tmp_path)) < 1000
