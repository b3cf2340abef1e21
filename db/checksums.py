"""What is in a table, as a number of rows and a checksum that is the same on every database and in every order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Table

_MODULUS = 1 << 128


@dataclass(frozen=True)
class Content:
    """How many rows a table has, and the sum of their BLAKE2b hashes modulo 2**128.

    A sum knows no order, and two equal rows do not cancel each other as they would under XOR.
    """

    rows: int = 0
    checksum: int = 0

    def __str__(self) -> str:
        return f"{self.checksum:032x}"

    def with_rows(self, table: Table, rows: Iterable[Sequence[Any]]) -> Content:
        """The content with further rows, whose values stand in the order of the table's columns, JSON as text."""
        json_columns = [index for index, column in enumerate(table.columns) if isinstance(column.type, JSON)]
        number, checksum = self.rows, self.checksum
        for row in rows:
            values = [_plain(value) for value in row]
            for index in json_columns:
                values[index] = _canonical(values[index])
            digest = hashlib.blake2b(repr(values).encode(), digest_size=16).digest()
            checksum = (checksum + int.from_bytes(digest, "big")) % _MODULUS
            number += 1
        return Content(number, checksum)


def _plain(value: Any) -> Any:
    """A value as `repr` writes it alike, whichever driver it came from: instants to the microsecond, zero unsigned."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value + 0.0 if isinstance(value, float) else value


def _canonical(text: str | None) -> tuple[str] | None:
    """JSON text whatever its spaces and the order of its keys; no value at all differs from JSON's null."""
    return None if text is None else (json.dumps(json.loads(text), sort_keys=True),)
