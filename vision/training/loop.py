"""The training loop that all networks share: schedule, averaged weights, checkpoints, metrics, time limit."""

from __future__ import annotations

import csv
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from tqdm import tqdm

from vision.training.checkpoint import other_training, prepare, read, unwritable, write
from vision.training.curve import draw_curve
from vision.training.model import computes_in_bfloat16, training_device
from vision.training.seed import follow_seed
from vision.weights_file import write_sums

log = logging.getLogger(__name__)

Sample = TypeVar("Sample")
Batch = TypeVar("Batch")

AVERAGE_STEPS = 400
# Training ends after half of its epochs, and never fewer than these, without a better one: while the learning rate is
# high the figures wander, and the best come as it falls.
PATIENCE = 4
WARM_UP = 0.04


@dataclass(frozen=True)
class Task(Generic[Sample, Batch]):
    """What one network adds to the loop.

    Attributes:
        model: the network, with any companion heads.
        samples: what is trained on.
        batch: makes an augmented batch of samples.
        loss: the model's loss on a batch.
        validate: figures of a model on the validation samples, by name; "nll", the negative log-likelihood, says which
            epoch was the best.
        export: writes a usable weights file from a model and its figures.
    """

    model: nn.Module
    samples: Sequence[Sample]
    batch: Callable[[Sequence[Sample], Generator], Batch]
    loss: Callable[[nn.Module, Batch], Tensor]
    validate: Callable[[nn.Module], dict[str, float]]
    export: Callable[[nn.Module, dict[str, float]], None]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        epochs: times each sample is seen.
        seed: of every random choice.
        limit_minutes: the learning rate falls so that training ends by then, even before all epochs are through.
        batch_size: samples in a step.
        learning_rate: its peak.
        held_out: which tenth of the pictures validates.
    """

    epochs: int
    seed: int
    limit_minutes: float | None
    batch_size: int
    learning_rate: float
    held_out: int = 0


def train(task: Task[Sample, Batch], schedule: Schedule, out: Path) -> dict[str, float]:
    """Train, leaving in `out` a checkpoint to resume from, metrics.csv with its picture curve.png, and the weights
    that `task` exports, with their sums: those of the epoch with the least validation nll.

    It ends after the epochs or the time of the schedule, or when four epochs have brought nothing better. A folder with
    a checkpoint of the same training is continued after its last whole epoch.

    Returns:
        The validation figures of the best epoch.

    Raises:
        TrainingError: `out` cannot be written, or holds a checkpoint of another training.
    """
    prepare(out)
    state = _State(task.model, schedule, len(task.samples))
    state.resume(out / "checkpoint.pt")
    try:
        _train(task, state, out)
    except OSError as error:
        raise unwritable(out, error) from None
    return state.figures


def _train(task: Task[Sample, Batch], state: _State, out: Path) -> None:
    """Every epoch that is still to come; OSError where what they leave cannot be written."""
    schedule, begun = state.schedule, state.epoch
    steps = math.ceil(len(task.samples) / schedule.batch_size)
    while state.epoch < schedule.epochs and not state.out_of_time() and not state.past_its_best():
        started = time.monotonic()
        loss = _epoch(task, state, steps)
        state.epoch += 1
        figures = task.validate(state.average)
        state.spent += time.monotonic() - started
        if state.is_best(figures):
            state.figures, state.best_epoch = figures, state.epoch
            task.export(state.average, figures)
            write_sums(out)
        state.save(out / "checkpoint.pt")
        _record(out / "metrics.csv", {"epoch": state.epoch, "minutes": state.spent / 60, "loss": loss, **figures})
        draw_curve(out / "metrics.csv", out / "curve.png")
    if state.epoch == begun:
        log.info("%s: this training is over; for more, name another --out, with --init and these weights", out)


def conclude(task: Task[Sample, Batch], out: Path) -> dict[str, float]:
    """Validate and export the task's model as it is, without training; its figures."""
    prepare(out)
    model = task.model.to(training_device()).to(memory_format=torch.channels_last).eval()
    figures = task.validate(model)
    try:
        task.export(model, figures)
        write_sums(out)
    except OSError as error:
        raise unwritable(out, error) from None
    log.info("%s", ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
    return figures


class _State:
    """Everything that a checkpoint keeps."""

    def __init__(self, model: nn.Module, schedule: Schedule, samples: int) -> None:
        self.training = {"samples": samples, "seed": schedule.seed, "held_out": schedule.held_out}
        self.device = training_device()
        self.model = model.to(self.device).to(memory_format=torch.channels_last)
        self.average = _copy_of(self.model)
        self.schedule = schedule
        decayed = [p for p in model.parameters() if p.ndim > 1]
        plain = [p for p in model.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}],
            lr=schedule.learning_rate,
        )
        self.epoch = 0
        self.best_epoch = 0
        self.step = 0
        self.spent = 0.0
        self.figures: dict[str, float] = {}

    def progress(self, done_of_epoch: float, seconds: float) -> float:
        """0 at the start, 1 at the end of the epochs or of the time, whichever is nearer."""
        by_epochs = (self.epoch + done_of_epoch) / self.schedule.epochs
        limit = self.schedule.limit_minutes
        by_time = (self.spent + seconds) / (60 * limit) if limit else 0.0
        return min(max(by_epochs, by_time), 1.0)

    def out_of_time(self) -> bool:
        limit = self.schedule.limit_minutes
        return limit is not None and self.spent >= 60 * limit

    def is_best(self, figures: dict[str, float]) -> bool:
        """Whether no earlier epoch had figures as good as these."""
        return not self.figures or figures["nll"] < self.figures["nll"]

    def past_its_best(self) -> bool:
        return self.epoch - self.best_epoch >= max(PATIENCE, self.schedule.epochs // 2)

    def save(self, path: Path) -> None:
        """Write the checkpoint whole or not at all."""
        kept = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "best_epoch": self.best_epoch,
            "step": self.step,
            "spent": self.spent,
            "figures": self.figures,
        }
        write(path, kept | self.training)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint, where there is one."""
        kept = read(path, self.device, self.training)
        if kept is None:
            return
        try:
            self.model.load_state_dict(kept["model"])
            self.average.load_state_dict(kept["average"])
            self.optimizer.load_state_dict(kept["optimizer"])
        except (RuntimeError, ValueError):
            raise other_training(path, "its network has other parts") from None
        self.epoch, self.step, self.spent = kept["epoch"], kept["step"], kept["spent"]
        self.best_epoch, self.figures = kept["best_epoch"], kept["figures"]
        log.info("%s: continuing after epoch %d", path, self.epoch)


def _copy_of(model: nn.Module) -> nn.Module:
    copy = deepcopy(model).eval()
    for parameter in copy.parameters():
        parameter.requires_grad_(False)
    return copy


def _epoch(task: Task[Sample, Batch], state: _State, steps: int) -> float:
    """One pass over the samples; the mean loss of its last hundred steps."""
    schedule, started = state.schedule, time.monotonic()
    rng = np.random.default_rng([schedule.seed, state.epoch])
    # Each epoch anew, so that a training that goes on draws what it would have drawn without the pause.
    follow_seed(schedule.seed, state.epoch)
    order = rng.permutation(len(task.samples))
    recent: list[float] = []
    state.model.train()

    def prepared() -> Iterator[tuple[float, Batch]]:
        with ThreadPoolExecutor(1) as pool:

            def ask(step: int) -> Any:
                chosen = order[step * schedule.batch_size : (step + 1) * schedule.batch_size]
                progress = state.progress(step / steps, time.monotonic() - started)
                samples = [task.samples[i] for i in chosen]
                return progress, pool.submit(task.batch, samples, rng)

            ahead = ask(0)
            for step in range(steps):
                progress, future = ahead
                if progress >= 1:
                    return
                if step + 1 < steps:
                    ahead = ask(step + 1)
                yield progress, future.result()

    title = f"epoch {state.epoch + 1} of {schedule.epochs}"
    bar = tqdm(total=len(task.samples), unit=" samples", desc=title, mininterval=5)
    for step, (progress, batch) in enumerate(prepared()):
        for group in state.optimizer.param_groups:
            group["lr"] = schedule.learning_rate * _rate(progress)
        with _autocast(state.device):
            loss = task.loss(state.model, batch)
        state.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(state.model.parameters(), 5.0)
        state.optimizer.step()
        state.step += 1
        _follow(state)
        recent = [*recent[-99:], loss.item()]
        bar.set_postfix(loss=f"{np.mean(recent):.3f}", refresh=False)
        bar.update(min(schedule.batch_size, len(task.samples) - step * schedule.batch_size))
    bar.close()
    return float(np.mean(recent))


def _autocast(device: torch.device) -> Any:
    return torch.autocast(device.type, torch.bfloat16) if computes_in_bfloat16(device) else nullcontext()


def _rate(progress: float) -> float:
    """A linear warm-up, then half a cosine down to nothing."""
    if progress < WARM_UP:
        return 0.05 + 0.95 * progress / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def _follow(state: _State) -> None:
    """Move the averaged weights towards the trained ones; fast at first, when they are still far behind."""
    keep = min(1 - 1 / AVERAGE_STEPS, state.step / (state.step + 10))
    ours = [value for value in state.average.state_dict().values() if value.is_floating_point()]
    theirs = [value for value in state.model.state_dict().values() if value.is_floating_point()]
    with torch.no_grad():
        torch._foreach_lerp_(ours, theirs, 1 - keep)


def _record(path: Path, row: dict[str, float]) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow({name: round(value, 4) for name, value in row.items()})
    log.info("%s", ", ".join(f"{name} {value:.4g}" for name, value in row.items()))


def use_all_cores() -> None:
    """Let PyTorch use the cores this process may run on, and OpenCV one, since batches are made beside it."""
    import cv2

    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    cv2.setNumThreads(1)
