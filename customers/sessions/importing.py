"""The import of a session log: all that can be trusted in one transaction, the rest into quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.errors import CustomersError
from customers.sessions.rows import RowError, read_session, read_view
from customers.sessions.source import LogTable
from db import quarantine, shop_sessions
from db.engine import Database
from db.quarantine import Untrusted

MENDS_SHOWN = 20
"""So many mended rows are told one by one; all are counted."""


@dataclass
class ImportReport:
    """What an import did.

    Attributes:
        sessions: that were stored, `labelled` of them with a gender.
        views: that were stored.
        mended: how many rows were mended; `mends` tells the first of them.
        untrusted: rows in quarantine.
    """

    sessions: int = 0
    labelled: int = 0
    views: int = 0
    mended: int = 0
    mends: list[str] = field(default_factory=list)
    untrusted: list[Untrusted] = field(default_factory=list)


async def import_sessions(
    database: Database, sessions: LogTable, views: LogTable, now: datetime, *, synthetic: bool = False
) -> ImportReport:
    """Store a log; sessions that are there already are brought up to date, with their views.

    Args:
        database: takes everything in one transaction, or nothing.
        sessions: with a start, an end, and where known a gender and a visitor.
        views: of these sessions.
        now: no session begins more than a day after it.
        synthetic: whether the sessions were generated.

    Raises:
        CustomersError: a table cannot be read, or none of its rows can be trusted.
        DatabaseError: the database cannot be written.
    """
    report = ImportReport()
    kept, refused = _sessions(sessions, now, synthetic, report)
    _require(kept, sessions, report)
    report.sessions = len(kept)
    report.labelled = sum(row["gender"] is not None for row in kept.values())
    async with database.session() as session:
        await shop_sessions.save(session, list(kept.values()), _views(views, kept, refused, sessions.name, report))
        _require(report.views, views, report)
        await quarantine.replace(session, "sessions", report.untrusted, now)
    return report


def _sessions(
    table: LogTable, now: datetime, synthetic: bool, report: ImportReport
) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """The sessions by id, and the lines of those that cannot be trusted by id."""
    kept: dict[str, dict[str, Any]] = {}
    lines: dict[str, int] = {}
    refused: dict[str, int] = {}
    for line, row in table.rows():
        try:
            _whole(row)
            session, mended = read_session(row, now)
            session_id = session["session_id"]
            if session_id in kept:
                raise RowError(f"session_id: {session_id!r} stands in line {lines[session_id]} already")
        except RowError as error:
            refused.setdefault(str(row.get("session_id")).strip(), line)
            report.untrusted.append(_untrusted(table, line, row, error))
            continue
        kept[session_id] = {**session, "synthetic": synthetic}
        lines[session_id] = line
        if mended is not None:
            report.mended += 1
            if len(report.mends) < MENDS_SHOWN:
                report.mends.append(f"{table.name}, line {line}: {mended}")
    return kept, refused


def _views(
    table: LogTable, kept: Mapping[str, Any], refused: Mapping[str, int], sessions: str, report: ImportReport
) -> Iterator[dict[str, Any]]:
    """The views of sessions that are kept, while they are read."""
    seen: set[tuple[str, int]] = set()
    for line, row in table.rows():
        try:
            _whole(row)
            view = read_view(row)
            session_id, position = view["session_id"], view["position"]
            if session_id not in kept:
                if session_id in refused:
                    why = f"cannot be trusted ({sessions}, line {refused[session_id]})"
                else:
                    why = f"is not in {sessions}"
                raise RowError(f"session_id: the session {session_id!r} {why}")
            if (session_id, position) in seen:
                raise RowError(f"sequence_order: {position} of {session_id!r} stands in an earlier line already")
        except RowError as error:
            report.untrusted.append(_untrusted(table, line, row, error))
            continue
        seen.add((session_id, position))
        report.views += 1
        yield view


def _whole(row: Mapping[str, Any]) -> None:
    if None in row:
        raise RowError("the row has more cells than the first line names")


def _untrusted(table: LogTable, line: int, row: Mapping[str, Any], error: RowError) -> Untrusted:
    cells = [*(value for name, value in row.items() if name is not None), *(row.get(None) or [])]  # type: ignore[call-overload]
    content = ",".join("" if value is None else str(value) for value in cells)
    return Untrusted(table.name, line, str(error), content[:1000])


def _require(trusted: object, table: LogTable, report: ImportReport) -> None:
    """Return if a table gave anything.

    Raises:
        CustomersError: it did not.
    """
    if trusted:
        return
    bad = [row for row in report.untrusted if row.file == table.name]
    if bad:
        raise CustomersError(
            f"no row of {table.name} can be trusted, nothing was imported; line {bad[0].line}: {bad[0].reason}"
        )
    raise CustomersError(f"{table.name} has no rows, nothing was imported")
