"""A segment: a name, and the condition that its customers fulfil."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from customers.segments.expression import Condition


@dataclass(frozen=True)
class Segment:
    """Customers who have something in common.

    Attributes:
        key: short and unchanging, for commands and rules.
        names: by language.
        source: the condition as it was written.
        condition: the same, read.
    """

    key: str
    names: Mapping[str, str]
    source: str
    condition: Condition
