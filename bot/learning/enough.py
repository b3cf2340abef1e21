"""How many outcomes it takes until something can be said."""

from __future__ import annotations

FEWEST = 20
"""Newest outcomes below which nothing can be judged."""

PARTS = 5
"""The newest of so many parts of a shop's outcomes judges what was learnt from the others."""

ENOUGH = FEWEST * PARTS
"""Outcomes of a shop from which its own can judge."""
