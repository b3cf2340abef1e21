"""Visits as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from worker.visit import Visit


def visits_table(visits: Sequence[Visit]) -> Table:
    """One row a visit; times in seconds of the file; with the camera where there are several, and with the age check
    where one was seen at a till."""
    till = any(visit.checkout for visit in visits)
    several = len({visit.camera for visit in visits}) > 1
    first = ["camera"] if several else []
    table = Table(*first, "seen (s)", "decided", "faces", "age", "80 %", "gender", "attire", "department", "P")
    if till:
        table.add_column("age check")
    for visit in visits:
        reading = visit.reading
        table.add_row(
            *([escape(visit.camera)] if several else []),
            f"{visit.first_seen:.1f}-{visit.last_seen:.1f}",
            f"{visit.decided:.1f}",
            str(visit.faces),
            f"{reading.age_mean:.0f}",
            f"{reading.age_low}-{reading.age_high}",
            reading.gender,
            ", ".join(reading.attire) or "-",
            reading.department,
            f"{reading.department_p:.2f}",
            *([f"{visit.age_check}: ask for ID" if visit.age_check else "-"] if till else []),
        )
    return table
