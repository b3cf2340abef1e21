"""Where a session log comes from: two tables of rows, read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

SURPLUS = ""
"""The column under which cells stand that no column names."""


class LogTable(Protocol):
    """Sessions or their views, in a file or a database.

    Attributes:
        name: of the file or table, as the user knows it.
    """

    name: str

    def rows(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Each row with its line in the file (or its number in the table, from 1).

        Raises:
            CustomersError: it cannot be read, is empty, or lacks a column.
        """
        ...
