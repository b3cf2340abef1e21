"""A session log, row by row: what of it can be trusted, what was mended, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from customers.errors import CustomersError
from customers.sessions.rows import RowError, read_session, read_view
from customers.sessions.source import SURPLUS, LogTable
from db.quarantine import Untrusted

MENDS_SHOWN = 20
"""So many mended rows are told one by one; all are counted."""
_LONGEST_CONTENT = 500


class CheckedLog:
    """Reads a log once, its sessions at once, its views while they are asked for.

    Args:
        sessions: the table of sessions.
        views: the table of their views.
        now: no session begins more than a day after it.

    Attributes:
        sessions: those that can be trusted, by id, as they are stored.
        view_count: views that could be trusted so far.
        mended: how many rows were mended; `mends` tells the first of them.
        untrusted: the rows that are left out, so far.

    Raises:
        CustomersError: the sessions cannot be read, or none can be trusted.
    """

    def __init__(self, sessions: LogTable, views: LogTable, now: datetime) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.view_count = 0
        self.mended = 0
        self.mends: list[str] = []
        self.untrusted: list[Untrusted] = []
        self._sessions_table = sessions
        self._views_table = views
        self._lines: dict[str, int] = {}
        self._refused: dict[str, int] = {}
        for line, row in sessions.rows():
            try:
                self._take_session(line, row, now)
            except RowError as error:
                self._refused.setdefault(str(row.get("session_id")).strip(), line)
                self._leave_out(sessions, line, row, error)
        self._require(len(self.sessions), sessions)

    @property
    def labelled(self) -> int:
        """How many sessions have a gender."""
        return sum(session["gender"] is not None for session in self.sessions.values())

    def views(self) -> Iterator[dict[str, Any]]:
        """The views that can be trusted, of sessions that are kept, as they are stored.

        Raises:
            CustomersError: they cannot be read, or none can be trusted.
        """
        seen: set[tuple[str, int]] = set()
        for line, row in self._views_table.rows():
            try:
                view = self._view(row, seen)
            except RowError as error:
                self._leave_out(self._views_table, line, row, error)
                continue
            self.view_count += 1
            yield view
        self._require(self.view_count, self._views_table)

    def _take_session(self, line: int, row: Mapping[str, Any], now: datetime) -> None:
        _require_no_surplus(row)
        session, mend = read_session(row, now)
        session_id = session["session_id"]
        if session_id in self.sessions:
            raise RowError(f"session_id: {session_id!r} stands in line {self._lines[session_id]} already")
        self.sessions[session_id] = session
        self._lines[session_id] = line
        if mend is not None:
            self.mended += 1
            if len(self.mends) < MENDS_SHOWN:
                self.mends.append(f"{self._sessions_table.name}, line {line}: {mend}")

    def _view(self, row: Mapping[str, Any], seen: set[tuple[str, int]]) -> dict[str, Any]:
        _require_no_surplus(row)
        view = read_view(row)
        session_id, position = view["session_id"], view["position"]
        if session_id not in self.sessions:
            table = self._sessions_table.name
            line = self._refused.get(session_id)
            why = f"is not in {table}" if line is None else f"cannot be trusted ({table}, line {line})"
            raise RowError(f"session_id: the session {session_id!r} {why}")
        if (session_id, position) in seen:
            raise RowError(f"sequence_order: {position} of {session_id!r} stands in an earlier line already")
        seen.add((session_id, position))
        return view

    def _leave_out(self, table: LogTable, line: int, row: Mapping[str, Any], error: RowError) -> None:
        cells = ["" if value is None else str(value) for value in row.values()]
        self.untrusted.append(Untrusted(table.name, line, str(error), ",".join(cells)[:_LONGEST_CONTENT]))

    def _require(self, trusted: int, table: LogTable) -> None:
        if trusted:
            return
        bad = next((row for row in self.untrusted if row.file == table.name), None)
        if bad is None:
            raise CustomersError(f"{table.name} has no rows, so nothing was read; export it again")
        raise CustomersError(
            f"no row of {table.name} can be trusted, so nothing was read; line {bad.line}: {bad.reason}"
        )


def _require_no_surplus(row: Mapping[str, Any]) -> None:
    if SURPLUS in row:
        raise RowError("the row has more cells than the first line names")
