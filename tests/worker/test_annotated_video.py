"""The video that `amiko replay --annotate` draws, where it cannot be written."""

from __future__ import annotations

import resource
import signal
from itertools import islice
from pathlib import Path

import pytest

from amiko.config import Camera, Config
from tests.worker.conftest import ScriptedNetworks, traits
from worker.annotate import AnnotatedVideo
from worker.errors import SourceError
from worker.replay import Replay


def draw_into(path: Path, job: Replay) -> None:
    """The first dozen frames."""
    with AnnotatedVideo(path, 8) as video:
        for step in islice(job.steps(), 12):
            assert step.frame is not None
            video.add(step.frame, job.pipeline)


def test_a_video_for_which_there_is_no_room_is_told_in_a_sentence(
    clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """FFmpeg says it at length where only a terminal hears it, and nothing to who waits for its end."""
    config, drawn = Config(), tmp_path / "drawn.mp4"
    networks = ScriptedNetworks(lambda number: traits(35))
    job = Replay(clip, Camera(name="door", url=str(clip)), config, config.routing.as_departments(), networks)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, before[1]))
    try:
        with pytest.raises(SourceError, match=r"drawn\.mp4 could not be written whole; make room on its disk$"):
            draw_into(drawn, job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "ffmpeg" not in capfd.readouterr().err.lower()


def test_a_file_into_which_nothing_was_drawn_is_not_left(tmp_path: Path) -> None:
    with AnnotatedVideo(tmp_path / "drawn.mp4", 8):
        pass
    assert list(tmp_path.iterdir()) == []
