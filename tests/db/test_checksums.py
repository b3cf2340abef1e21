"""A checksum notices every difference that matters, and none that does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Float, Integer, MetaData, String, Table

from db.checksums import Content
from db.types import UtcDateTime

TABLE = Table(
    "things",
    MetaData(),
    Column("id", Integer),
    Column("at", UtcDateTime),
    Column("size", Float),
    Column("name", String),
    Column("more", JSON),
)
AT = datetime(2026, 5, 4, 12, 30, 15, 250_001, tzinfo=UTC)
ROW = (1, AT, 0.1, "Ёж", '{"a": 1, "b": null}')


def of(*rows: tuple[Any, ...]) -> Content:
    return Content().with_rows(TABLE, rows)


@pytest.mark.parametrize(
    "other",
    [
        (2, *ROW[1:]),
        (1, AT + timedelta(microseconds=1), *ROW[2:]),
        (1, AT, 0.1 + 2**-56, *ROW[3:]),
        (1, AT, None, *ROW[3:]),
        (1, AT, 0.1, "Еж", ROW[4]),
        (1, AT, 0.1, None, ROW[4]),
        (1, AT, 0.1, "None", ROW[4]),
        (1, AT, 0.1, "Ёж", '{"a": 1}'),
        (1, AT, 0.1, "Ёж", '{"a": "1", "b": null}'),
        (1, AT, 0.1, "Ёж", "null"),
        (1, AT, 0.1, "Ёж", None),
    ],
)
def test_another_value_is_another_checksum(other: tuple[Any, ...]) -> None:
    assert of(other) != of(ROW)


def test_no_json_is_not_jsons_null() -> None:
    assert of((*ROW[:4], None)) != of((*ROW[:4], "null"))


@pytest.mark.parametrize(
    "same",
    [
        (1, AT.astimezone(timezone(timedelta(hours=3, minutes=30))), *ROW[2:]),
        (*ROW[:4], '{"b":null,  "a":1}'),
        (*ROW[:4], '{"a": 1, "b": null}'),
    ],
)
def test_the_same_value_otherwise_written_is_the_same(same: tuple[Any, ...]) -> None:
    assert of(same) == of(ROW)


def test_the_order_of_rows_does_not_matter_and_their_number_does() -> None:
    other = (2, *ROW[1:])
    assert of(ROW, other) == of(other, ROW) == of(ROW).with_rows(TABLE, [other])
    assert of(ROW, ROW) != of(other, other)
    assert of(ROW, ROW).checksum != 0
    assert of(ROW, ROW) != of(ROW)


def test_a_zero_with_a_sign_is_a_zero() -> None:
    assert of((1, AT, -0.0, *ROW[3:])) == of((1, AT, 0.0, *ROW[3:]))
