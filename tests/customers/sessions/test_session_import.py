"""The import of session logs: what is stored, what is mended, what is left out, and when nothing changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app
from tests.customers.sessions.logs import SESSION_HEADER, VIEW_HEADER, write_log
from tests.databases import rows

ANN = "u1,2014-11-14 00:02:14,2014-11-14 00:02:20,female,v1"
BOB = "u2,2014-11-15 10:00:00,2014-11-15 10:05:00,male,v2"
ANNS_VIEW, BOBS_VIEW = "u1,1,A1,B1,C1,D1", "u2,1,A1,B2,C2,D2"


@pytest.fixture
def shop(database_url: str) -> str:
    return database_url


def imported(shop: str, *arguments: object) -> Result:
    command = ["customers", "import-sessions", *map(str, arguments), "--db", shop]
    return CliRunner().invoke(app, command)


def sessions(shop: str) -> list[tuple[object, ...]]:
    return rows(shop, "SELECT session_id, gender, visitor FROM shop_sessions ORDER BY session_id")


def test_a_log_is_stored_and_a_second_import_updates_it_and_doubles_nothing(tmp_path: Path, shop: str) -> None:
    told = imported(shop, *write_log(tmp_path, [ANN, BOB], [ANNS_VIEW, BOBS_VIEW, "u2,2,A1,B2,C2,D3"]))
    assert "2 sessions (2 with a gender) and 3 views are in the database." in told.stdout

    imported(shop, *write_log(tmp_path, [BOB.replace(",male,v2", ",,")], [BOBS_VIEW]))

    assert sessions(shop) == [("u1", "female", "v1"), ("u2", None, None)]
    assert rows(shop, "SELECT session_id, position FROM shop_views ORDER BY 1, 2") == [("u1", 1), ("u2", 1)]


def test_a_log_without_genders_and_visitors_is_stored_too(tmp_path: Path, shop: str) -> None:
    session_csv, product_csv = write_log(tmp_path, [], [ANNS_VIEW])
    session_csv.write_text("session_id,start_time,end_time\nu1,2014-11-14 00:02:14,2014-11-14 00:02:20\n")
    assert "1 sessions (0 with a gender)" in imported(shop, session_csv, product_csv).stdout
    assert sessions(shop) == [("u1", None, None)]


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path, shop: str) -> None:
    session_csv, product_csv = write_log(tmp_path, [ANN], [ANNS_VIEW])
    session_csv.write_bytes(b"\xef\xbb\xbf" + session_csv.read_bytes().replace(b",", b";"))
    assert imported(shop, session_csv, product_csv).exit_code == 0
    assert sessions(shop) == [("u1", "female", "v1")]


def test_a_time_stamp_with_a_date_only_is_midnight_and_said_to_be_mended(tmp_path: Path, shop: str) -> None:
    only_dates = ["u1,2014-12-08,2014-12-08 00:10:00,female,v1", "u2,2014-12-08 09:00:00,2014-12-08,male,v2"]
    told = imported(shop, *write_log(tmp_path, only_dates, [ANNS_VIEW, BOBS_VIEW])).stdout
    assert "session.csv, line 2: a time stamp has a date only; read as midnight" in told
    assert "session.csv, line 3: end_time has a date only; the length is taken as 0 s" in told
    started_and_ended = rows(shop, "SELECT started_at, ended_at FROM shop_sessions ORDER BY session_id")
    assert [tuple(str(at)[:19] for at in row) for row in started_and_ended] == [
        ("2014-12-08 00:00:00", "2014-12-08 00:10:00"),
        ("2014-12-08 09:00:00", "2014-12-08 09:00:00"),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u3,1970-01-01 00:00:00,1970-01-01 00:00:01,male,", "start_time: 1970-01-01 is before 2000 or in the future"),
        ("u3,2100-01-01 00:00:00,2100-01-01 00:00:01,male,", "start_time: 2100-01-01 is before 2000 or in the future"),
        ("u3,yesterday,2014-11-14 00:02:20,male,", "start_time: 'yesterday' is no time like 2014-11-14 00:02:14"),
        ("u3,0001-01-01T00:00:00+09:00,2014-11-14,male,", "start_time: 1 is no year of a session"),
        ("u3,,2014-11-14 00:02:20,male,", "start_time is empty"),
        ("u3,2014-11-14 00:02:14,2014-11-13 00:02:14,male,", "end_time 2014-11-13 00:02:14 is before start_time"),
        ("u3,2014-11-14 00:02:14,2014-11-14 00:02:20,both,", "gender: 'both' is neither female nor male nor empty"),
        (f"{'u' * 65},2014-11-14,2014-11-14,male,", f"session_id: '{'u' * 40}…' is longer than 64 characters"),
        ("u3,2014-11-14,2014-11-14,male,v3,more", "the row has more cells than the first line names"),
        (ANN, "session_id: 'u1' stands in line 2 already"),
        ("u3", "start_time is empty"),
    ],
)
def test_a_session_that_cannot_be_trusted_is_left_out_with_its_line(
    tmp_path: Path, shop: str, row: str, reason: str
) -> None:
    told = imported(shop, *write_log(tmp_path, [ANN, row], [ANNS_VIEW]))
    assert told.exit_code == 0
    assert f"session.csv, line 3: {reason}" in told.stdout
    assert sessions(shop) == [("u1", "female", "v1")]
    kept = rows(shop, "SELECT kind, file, line, reason, content FROM customer_quarantine")
    assert len(kept) == 1
    assert kept[0][:3] == ("sessions", "session.csv", 3)
    assert kept[0][4] == row


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u9,1,A1,B1,C1,D1", "session_id: the session 'u9' is not in session.csv"),
        ("u3,1,A1,B1,C1,D1", "session_id: the session 'u3' cannot be trusted (session.csv, line 3)"),
        ("u1,1,A1,B1,C1,D1", "sequence_order: 1 of 'u1' stands in an earlier line already"),
        ("u1,1e308,A1,B1,C1,D1", "sequence_order: '1e308' is no whole number from 1 to 1000000"),
        ("u1,-2,A1,B1,C1,D1", "sequence_order: '-2' is no whole number"),
        ("u1,2,A1,,C1,D1", "category_b is empty"),
    ],
)
def test_a_view_that_cannot_be_trusted_is_left_out_with_its_line(
    tmp_path: Path, shop: str, row: str, reason: str
) -> None:
    told = imported(shop, *write_log(tmp_path, [ANN, "u3,1970-01-01,1970-01-01,,"], [ANNS_VIEW, row]))
    assert told.exit_code == 0
    assert f"product.csv, line 3: {reason}" in told.stdout
    assert rows(shop, "SELECT count(*) FROM shop_views") == [(1,)]


@pytest.mark.parametrize(
    ("session_bytes", "sentence"),
    [
        (b"", "is empty; it must begin with session_id,start_time,end_time"),
        (SESSION_HEADER.encode() + b"\n", "session.csv has no rows, so nothing was read"),
        (b"id,when\n1,2\n", "lacks the column session_id, start_time, end_time; its first line has: id, when"),
        (b"session_id,session_id,start_time,end_time\n", "has the column session_id twice"),
        (SESSION_HEADER.encode() + b"\n" + "u1,Ж".encode("cp1251") + b"\n", "is not UTF-8 (near line"),
        (SESSION_HEADER.encode() + b'\n"u1,2014\n', "is no csv"),
        (SESSION_HEADER.encode() + b"\nu1,1970-01-01,1970-01-01,,\n", "no row of session.csv can be trusted"),
    ],
)
def test_a_bad_file_is_told_in_a_sentence_and_the_database_stays_as_it_was(
    tmp_path: Path, shop: str, session_bytes: bytes, sentence: str
) -> None:
    session_csv, product_csv = write_log(tmp_path, [ANN], [ANNS_VIEW])
    imported(shop, session_csv, product_csv)
    session_csv.write_bytes(session_bytes)

    refused = imported(shop, session_csv, product_csv)

    assert refused.exit_code == 1
    assert sentence in str(refused.exception)
    assert sessions(shop) == [("u1", "female", "v1")]


def test_views_that_cannot_be_read_to_the_end_take_their_sessions_back(tmp_path: Path, shop: str) -> None:
    imported(shop, *write_log(tmp_path, [ANN], [ANNS_VIEW]))
    session_csv, product_csv = write_log(tmp_path, [BOB], [BOBS_VIEW])
    with product_csv.open("ab") as file:
        file.write("u2,2,A1,B1,Ж,D1\n".encode("cp1251"))

    refused = imported(shop, session_csv, product_csv)

    assert "product.csv is not UTF-8" in str(refused.exception)
    assert sessions(shop) == [("u1", "female", "v1")]
    assert rows(shop, "SELECT session_id FROM shop_views") == [("u1",)]


def test_files_of_views_only_are_refused(tmp_path: Path, shop: str) -> None:
    session_csv, product_csv = write_log(tmp_path, [ANN], [])
    product_csv.write_text(VIEW_HEADER + "\n")
    assert "product.csv has no rows" in str(imported(shop, session_csv, product_csv).exception)
    assert sessions(shop) == []
    assert "SESSION_CSV and PRODUCT_CSV, or --url" in str(imported(shop, session_csv).exception)
