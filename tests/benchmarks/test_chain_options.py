"""benchmarks/chain.py refuses what cannot be measured before it starts a server, which takes minutes to fill."""

from __future__ import annotations

import pytest

from benchmarks.chain import read_options


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--share 0", "--share: more than 0"),
        ("--share 0.1 1.5", "--share: more than 0, and 1 at most"),
        ("--share nan", "--share: more than 0"),
        ("--days 0", "--days: 1 to 365"),
        ("--days 366", "--days: 1 to 365"),
        ("--rate 200 -1", "--rate: more than 0"),
        ("--rate inf", "--rate: more than 0"),
        ("--seconds 0", "--seconds: more than 0"),
        ("--notifiers 0", "--notifiers: at least 1"),
        ("--calls 101", "--calls: 1 to 100"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_option(
    words: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(words.split())
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_year_in_its_whole_size_can_be_measured() -> None:
    options = read_options(["--share", "1", "--days", "365", "--rate", "30", "200"])
    assert (options.share, options.days, options.rate) == ([1.0], 365, [30.0, 200.0])
