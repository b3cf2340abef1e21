"""What a shop's clock may be called."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from db.time_zones import checked
from tests.databases import ON_POSTGRES, rows

WINTER, SUMMER = datetime(2025, 1, 15, 12, tzinfo=UTC), datetime(2025, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["UTC", "Europe/Moscow", "Asia/Kathmandu", "Japan", "EST5EDT"])
def test_a_place_is_a_time_zone(name: str) -> None:
    assert checked(name) == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Mars/Olympus", "no time zone is called 'Mars/Olympus'; use an IANA name"),
        ("../../etc/passwd", "no time zone is called"),
        ("Europe", "no time zone is called"),
        ("", "no time zone is called"),
        (
            "CET",
            "the time zone CET is winter time all year to PostgreSQL; use the name of a place, such as Europe/Paris",
        ),
        ("localtime", "localtime is another time zone on each machine"),
    ],
)
def test_what_is_none_or_is_not_the_same_everywhere_is_refused(name: str, says: str) -> None:
    if name == "localtime" and name not in available_timezones():
        says = "no time zone is called"
    with pytest.raises(ValueError, match="time") as caught:
        checked(name)
    assert str(caught.value).startswith(says)


@ON_POSTGRES  # which has abbreviations of its own, none of which has a / in it
def test_the_server_reads_every_short_name_as_we_do(database_url: str) -> None:
    names = [name for name in sorted(available_timezones()) if "/" not in name and accepted(name)]
    assert {"UTC", "EST", "GB"} <= set(names)
    listed = ", ".join(f"('{name}')" for name in names)
    for instant in (WINTER, SUMMER):
        told = rows(
            database_url,
            f"SELECT name, CAST('{instant.isoformat()}' AS timestamptz) AT TIME ZONE name FROM (VALUES {listed}) "
            "AS known (name) WHERE amiko_clock(name) = name",
        )
        assert len(told) > 20
        wrong = [name for name, local in told if local != instant.astimezone(ZoneInfo(name)).replace(tzinfo=None)]
        assert wrong == []


def accepted(name: str) -> bool:
    try:
        checked(name)
    except ValueError:
        return False
    return True
