"""skops without PyTorch.

When it is imported, skops looks through every module of scikit-learn, and one of them imports PyTorch where that is
installed: two seconds and half a gigabyte more for a process that only asks a model.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_HEAVY = "torch"


class _NotNow(MetaPathFinder):
    """Says that there is no PyTorch."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == _HEAVY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


@contextmanager
def _without_pytorch() -> Iterator[None]:
    """Whoever looks for PyTorch finds none, unless it is loaded already."""
    finder = _NotNow()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


with _without_pytorch():
    import skops.io as skops_io

__all__ = ["skops_io"]
