"""Features of sessions: what they are, that the past never holds the future, and that one way equals the other."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from customers.sessions import direct
from customers.sessions.engines import engine
from customers.sessions.features import features, features_with_past
from customers.sessions.frames import Frames
from customers.sessions.terms import LOG_PAST, LOG_SECONDS, LOG_VIEWS, REMEMBERED_SESSIONS
from tests.customers.sessions.logs import generated

Values = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def duckdb() -> Iterator[Any]:
    with engine("duckdb") as backend:
        yield backend


def session(session_id: str, start: str, end: str, visitor: str | None = "v1") -> dict[str, object]:
    return {
        "session_id": session_id,
        "visitor": visitor,
        "started_at": pd.Timestamp(start),
        "ended_at": pd.Timestamp(end),
        "gender": None,
    }


def frames(sessions: list[dict[str, object]], views: list[tuple[str, str]]) -> Frames:
    """A log; each view is a session and a product of the one path A/B/C, in order."""
    rows = [(who, n, "A", "B", "C", what) for n, (who, what) in enumerate(views, 1)]
    columns = ["session_id", "position", "category_a", "category_b", "category_c", "category_d"]
    return Frames(pd.DataFrame(sessions), pd.DataFrame(rows, columns=columns))


def values(found: pd.DataFrame) -> Values:
    assert not found.duplicated(["session_id", "term"]).any()
    return {
        str(who): dict(zip(of_one["term"], of_one["value"], strict=True)) for who, of_one in found.groupby("session_id")
    }


def past_products(duckdb: Any, log: Frames, session_id: str) -> set[str]:
    """Products that count for a session though it did not look at them."""
    found = values(duckdb.to_pandas(features_with_past(log.log())))[session_id]
    return {term for term, value in found.items() if term.startswith("d:") and value < 1}


def test_a_session_is_its_categories_the_way_through_them_and_its_time(duckdb: Any) -> None:
    log = frames([session("u1", "2014-12-07 21:30:00", "2014-12-07 21:30:09")], [("u1", "D1")])
    log.views.loc[1] = ["u1", 2, "A", "B", "X", "D2"]
    assert values(duckdb.to_pandas(features(log.log()))) == {
        "u1": {
            **dict.fromkeys(["a:A", "b:A/B", "c:A/B/C", "c:A/B/X", "d:D1", "d:D2"], 1.0),
            **dict.fromkeys(["first:C", "step:C>X", "last:X", "hour:21", "weekday:6"], 1.0),
            LOG_SECONDS: pytest.approx(math.log(10)),
            LOG_VIEWS: pytest.approx(math.log(3)),
        }
    }


def test_neither_ids_nor_the_order_of_rows_are_in_the_features(duckdb: Any, tmp_path: Path) -> None:
    log = generated(tmp_path / "shop", 60)
    renamed = {old: f"s{n}" for n, old in enumerate(sorted(log.sessions["session_id"], reverse=True))}
    other = Frames(
        log.sessions.assign(session_id=log.sessions["session_id"].map(renamed)).iloc[::-1],
        log.views.assign(session_id=log.views["session_id"].map(renamed)).sample(frac=1, random_state=1),
    )
    of_one = values(duckdb.to_pandas(features_with_past(log.log())))
    of_other = values(duckdb.to_pandas(features_with_past(other.log())))
    assert {renamed[who]: found for who, found in of_one.items()} == of_other


def test_a_session_left_open_for_weeks_is_no_longer_than_two_hours(duckdb: Any) -> None:
    log = frames(
        [
            session("u1", "2014-12-01 10:00:00", "2014-12-20 10:00:00"),
            session("u2", "2014-12-01", "2014-12-01 02:00:00"),
        ],
        [("u1", "D1"), ("u2", "D1")],
    )
    found = values(duckdb.to_pandas(features(log.log())))
    assert found["u1"][LOG_SECONDS] == found["u2"][LOG_SECONDS] == pytest.approx(math.log(7201))


def test_the_past_is_what_the_visitor_had_ended_before_and_nothing_else(duckdb: Any) -> None:
    log = frames(
        [
            session("later", "2014-12-04 10:00:00", "2014-12-04 10:01:00"),
            session("now", "2014-12-03 10:00:00", "2014-12-03 10:01:00"),
            session("before", "2014-12-01 10:00:00", "2014-12-01 10:01:00"),
            session("still open", "2014-12-02 10:00:00", "2014-12-03 10:00:00"),
            session("somebody else", "2014-12-01 10:00:00", "2014-12-01 10:01:00", "v2"),
            session("unknown", "2014-12-01 10:00:00", "2014-12-01 10:01:00", None),
            session("unknown too", "2014-12-05 10:00:00", "2014-12-05 10:01:00", None),
        ],
        [
            (who, f"of {who}")
            for who in ("later", "now", "before", "still open", "somebody else", "unknown", "unknown too")
        ],
    )
    assert past_products(duckdb, log, "now") == {"d:of before"}
    assert past_products(duckdb, log, "before") == set()
    assert past_products(duckdb, log, "unknown too") == set()
    assert past_products(duckdb, log, "later") == {"d:of before", "d:of now", "d:of still open"}


def test_what_comes_later_changes_nothing_about_a_session(duckdb: Any, tmp_path: Path) -> None:
    log = generated(tmp_path / "shop", 200)
    half = log.sessions["ended_at"].median()
    early = log.sessions[log.sessions["ended_at"] <= half]
    known_then = Frames(early, log.views[log.views["session_id"].isin(early["session_id"])])
    then, now = (values(duckdb.to_pandas(features_with_past(one.log()))) for one in (known_then, log))
    assert then == {who: now[who] for who in then}


def test_only_so_many_sessions_of_a_robot_are_remembered(duckdb: Any) -> None:
    count = REMEMBERED_SESSIONS + 5
    days = pd.date_range("2014-01-01", periods=count, freq="h")
    log = frames(
        [session(f"u{n}", str(day), str(day + pd.Timedelta("1min"))) for n, day in enumerate(days)],
        [(f"u{n}", f"D{n}") for n in range(count)],
    )
    last = values(duckdb.to_pandas(features_with_past(log.log())))[f"u{count - 1}"]
    assert last[LOG_PAST] == pytest.approx(math.log(1 + REMEMBERED_SESSIONS))
    assert "d:D0" in last
    assert f"d:D{count - 2}" not in last


def test_one_session_without_an_engine_has_the_features_of_the_frame(duckdb: Any, tmp_path: Path) -> None:
    log = generated(tmp_path / "shop", 300)
    expected_alone = values(duckdb.to_pandas(features(log.log())))
    expected = values(duckdb.to_pandas(features_with_past(log.log())))
    levels = ["category_a", "category_b", "category_c", "category_d"]
    views = {
        str(who): list(of_one.sort_values("position")[levels].itertuples(index=False, name=None))
        for who, of_one in log.views.groupby("session_id")
    }
    with_past = 0
    for one in log.sessions.itertuples():
        same = log.sessions[(log.sessions["visitor"] == one.visitor) & (log.sessions["ended_at"] < one.started_at)]
        alone = direct.features(one.started_at, one.ended_at, views[one.session_id])
        assert alone == pytest.approx(expected_alone[one.session_id])
        past = [views[other] for other in same["session_id"]]
        assert direct.with_past(alone, past) == pytest.approx(expected[one.session_id])
        with_past += bool(past)
    assert with_past > 50


def test_spark_gives_the_same_frames_as_duckdb(duckdb: Any, tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="pip install 'amiko[spark]' brings PySpark")
    from pyspark.sql import SparkSession

    log = generated(tmp_path / "shop", 80).log()
    if shutil.which("java") is None:
        pytest.skip("Spark needs a Java runtime (apt install openjdk-17-jre-headless)")
    small = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "2")
    small.config("spark.ui.enabled", "false").getOrCreate()  # which the engine then finds
    with engine("spark") as backend:
        for ask in (features, features_with_past):
            one, other = (
                found.sort_values(["session_id", "term"], ignore_index=True)
                for found in (duckdb.to_pandas(ask(log)), backend.to_pandas(ask(log)))
            )
            pd.testing.assert_frame_equal(one, other, check_dtype=False)
