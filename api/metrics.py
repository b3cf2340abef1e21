"""The shop's figures as Prometheus metrics. They come from the database: one truth for all processes.

Only how the link to it is doing comes from the worker of this machine, and can be told while the database is away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from api.cameras import CameraNow
from db.link_report import LinkReport
from db.monitoring import Backlog, Running

CAMERA_STATES = ("starting", "running", "stalled", "failed", "stopped")


@dataclass(frozen=True)
class Measured:
    """What is told at one scrape.

    Attributes:
        now: when it was read.
        version: of Amiko.
        cameras: the configured ones.
        running: visits, assistants and what waits to be sent.
        models: when the model in use was trained, by its kind; those never trained are missing.
    """

    now: datetime
    version: str
    cameras: Sequence[CameraNow]
    running: Running
    models: Mapping[str, datetime]


def exposition(measured: Measured | None, link: LinkReport | None, now: datetime) -> bytes:
    """The figures in Prometheus' text format 0.0.4; without the database's, where that is away.

    Args:
        measured: of the database.
        link: what this machine's worker said last, where there is one.
        now: the time of the scrape.
    """
    registry = CollectorRegistry()
    registry.register(_Link(link, now, measured is not None))
    if measured is not None:
        registry.register(_Collector(measured))
    return generate_latest(registry)


class _Link(Collector):
    """Gives a registry what is known of the link to the database."""

    def __init__(self, link: LinkReport | None, now: datetime, database: bool) -> None:
        self._reports = [link] if link else []
        self._now = now
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Every family, also one without a sample."""
        yield _gauge("amiko_database_up", "1 if this service could read the database.", [], [([], self._database)])
        yield _gauge(
            "amiko_link_up",
            "1 if this machine's worker can use the database.",
            [],
            [([], report.lost_since is None) for report in self._reports],
        )
        yield _counter(
            "amiko_link_reconnects",
            "How often the database was lost and came back, since this machine's worker started.",
            [],
            [([], report.reconnects) for report in self._reports],
        )
        yield _gauge(
            "amiko_spool_visits",
            "Visits that wait on this machine to be written to the database.",
            [],
            [([], report.waiting) for report in self._reports],
        )
        yield _gauge(
            "amiko_spool_oldest_visit_age_seconds",
            "Time since the first of them was decided; 0 where none waits.",
            [],
            [([], _age(report.oldest, self._now)) for report in self._reports],
        )
        yield _gauge(
            "amiko_link_report_age_seconds",
            "Time since this machine's worker reported on its link; it does so every 2 seconds.",
            [],
            [([], _age(report.reported_at, self._now)) for report in self._reports],
        )


class _Collector(Collector):
    """Gives one scrape's figures to a registry."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Metric]:
        """Every family, also one without a sample, so that its HELP says that it exists."""
        yield _gauge("amiko_info", "Which version serves this.", ["version"], [([self._measured.version], 1)])
        yield from _of_cameras(self._measured.cameras)
        yield from _of_visits(self._measured.running)
        yield from _of_messages(self._measured.running, self._measured.now)
        yield _gauge(
            "amiko_model_age_seconds",
            "Time since the model in use was trained.",
            ["model"],
            [([kind], _age(trained, self._measured.now)) for kind, trained in self._measured.models.items()],
        )


def _of_cameras(cameras: Sequence[CameraNow]) -> Iterator[Metric]:
    reports = [(camera.name, camera.report) for camera in cameras if camera.report is not None]
    yield _gauge(
        "amiko_camera_up",
        "1 if the camera gave a frame within bot.camera_silent seconds.",
        ["camera"],
        [([camera.name], camera.alive) for camera in cameras],
    )
    yield _gauge(
        "amiko_camera_state",
        "1 for the state that the worker last reported.",
        ["camera", "state"],
        [([name, state], report.state == state) for name, report in reports for state in CAMERA_STATES],
    )
    yield _gauge(
        "amiko_camera_frames_per_second",
        "Frames analysed per second.",
        ["camera"],
        [([name], report.fps) for name, report in reports],
    )
    yield _counter(
        "amiko_camera_frames_dropped",
        "Frames that were due and left out because the analysis was late, since the worker started.",
        ["camera"],
        [([name], report.dropped) for name, report in reports],
    )
    yield _counter(
        "amiko_camera_reconnects",
        "How often the camera was opened again, since the worker started.",
        ["camera"],
        [([name], report.reconnects) for name, report in reports],
    )
    yield _gauge(
        "amiko_camera_last_frame_age_seconds",
        "Time since the newest frame came.",
        ["camera"],
        [([camera.name], camera.frame_age_seconds) for camera in cameras],
    )
    yield _gauge(
        "amiko_camera_analysis_lag_seconds",
        "From the capture of the newest frame to the end of its analysis.",
        ["camera"],
        [([name], None if report.lag_ms is None else report.lag_ms / 1000) for name, report in reports],
    )
    yield _gauge(
        "amiko_camera_report_age_seconds",
        "Time since the worker reported on the camera; it does so every 2 seconds.",
        ["camera"],
        [([camera.name], camera.report_age_seconds) for camera in cameras],
    )


def _of_visits(running: Running) -> Iterator[Metric]:
    yield _counter(
        "amiko_visits",
        "Visits recorded since midnight of the shop's clock.",
        ["origin", "department"],
        running.recorded.items(),
    )
    yield _counter(
        "amiko_visits_closed",
        "Visits closed since midnight of the shop's clock, by how they ended.",
        ["origin", "department", "outcome"],
        running.closed.items(),
    )
    yield _gauge(
        "amiko_visits_open",
        "Visits that are offered to assistants, or claimed by one.",
        ["state"],
        [([state], number) for state, number in running.open.items()],
    )
    yield _gauge(
        "amiko_assistants",
        "Assistants who have signed in, by what they are now.",
        ["status"],
        [([status], number) for status, number in running.assistants.items()],
    )


def _of_messages(running: Running, now: datetime) -> Iterator[Metric]:
    backlogs: Mapping[str, Backlog] = {"card": running.cards, "notice": running.notices}
    yield _gauge(
        "amiko_outbox_pending",
        "Messages that wait to be sent to who can be reached.",
        ["kind"],
        [([kind], backlog.number) for kind, backlog in backlogs.items()],
    )
    yield _gauge(
        "amiko_outbox_oldest_pending_age_seconds",
        "How long the oldest of them waits; 0 where none does.",
        ["kind"],
        [([kind], _age(backlog.oldest, now)) for kind, backlog in backlogs.items()],
    )


def _gauge(
    name: str, told: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], float | None]]
) -> GaugeMetricFamily:
    """A family of gauges; a sample that is None is left out."""
    family = GaugeMetricFamily(name, told, labels=labels)
    for values, number in samples:
        if number is not None:
            family.add_metric(values, float(number))
    return family


def _counter(
    name: str, told: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], float]]
) -> CounterMetricFamily:
    """A family of counters; its name gets the ending _total."""
    family = CounterMetricFamily(name, told, labels=labels)
    for values, number in samples:
        family.add_metric(values, float(number))
    return family


def _age(instant: datetime | None, now: datetime) -> float:
    return 0.0 if instant is None else max(0.0, (now - instant).total_seconds())
