"""`amiko replay --events`: a line when a visitor has come in, when they are decided on, and when they have gone."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.conftest import Run


def test_events_come_in_order_and_tell_what_is_known_by_then(amiko: Run, clip: Path, tmp_path: Path) -> None:
    result = amiko("replay", clip, "--events", "-", "--json", "visits.jsonl")
    assert result.returncode == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event"] for event in events] == ["new", "decided", "ended"] * 2
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    new, decided, ended = events[:3]
    assert new.keys() == {"event", "at", "visit", "camera", "first_seen"}
    assert new["visit"] == decided["visit"] == ended["visit"] != events[3]["visit"]
    visits = [json.loads(line) for line in (tmp_path / "visits.jsonl").read_text().splitlines()]
    assert [ended | {"event": "", "at": 0}] == [visits[0] | {"event": "", "at": 0}]


def test_events_that_cannot_be_written_are_one_sentence(amiko: Run, clip: Path) -> None:
    result = amiko("replay", clip, "--events", "no/such/folder/events.jsonl")
    assert result.returncode == 1
    assert "--events no/such/folder/events.jsonl: cannot be written" in result.stderr
    assert "Traceback" not in result.stderr
