"""A session log as tables of an engine, whichever engine that is."""

from __future__ import annotations

from dataclasses import dataclass

from ibis.expr.types import Table


@dataclass(frozen=True)
class Log:
    """Sessions and their views.

    Attributes:
        sessions: session_id, visitor (null where unknown), started_at and ended_at (time stamps of the log's clock).
        views: session_id, position, category_a … category_d.
    """

    sessions: Table
    views: Table
