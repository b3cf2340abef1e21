"""All customers as columns, which is what conditions and comparisons look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Customers:
    """n customers, column by column.

    Attributes:
        ids: of the customers, in one order for everything here.
        columns: by name (see `COLUMNS`): float64 [n], NaN where unknown, or str objects [n].
        synthetic: they are made up, and everything told of them must say so.
    """

    ids: tuple[int, ...]
    columns: Mapping[str, NDArray[Any]]
    synthetic: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    def numbers(self, name: str) -> Numbers:
        """A column of numbers [n]."""
        column: Numbers = self.columns[name]
        return column

    def texts(self, name: str) -> NDArray[np.object_]:
        """A column of texts [n]."""
        column: NDArray[np.object_] = self.columns[name]
        return column
