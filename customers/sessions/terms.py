"""The names of features, and the numbers that they are made with."""

from __future__ import annotations

LOG_SECONDS, LOG_VIEWS, LOG_PAST = "log seconds", "log views", "log past"
"""The terms that are numbers: logarithms of 1 + a session's seconds, 1 + its views, 1 + the sessions remembered."""
KINDS = ("a:", "b:", "c:", "d:", "first:", "last:", "step:", "hour:", "weekday:")
"""What the other terms begin with: categories by their path, products, the way through categories, and the time.

The month is none of them: a shop learns from a few, and is asked in others.
"""
SCHEMA = (*KINDS, LOG_SECONDS, LOG_VIEWS, LOG_PAST)

LONGEST_SECONDS = 7200
"""Sessions that were left open last weeks; beyond two hours their length says nothing."""
PAST_VALUE = 0.5
"""What a category counts that was only looked at in the past: half of one that was looked at now."""
REMEMBERED_SESSIONS = 250
"""A visitor's first sessions that are remembered; no person has many more, and a robot must not fill the memory."""
PLAIN = ("a:", "b:", "c:", "d:", "hour:", "weekday:", LOG_SECONDS, LOG_VIEWS)
"""What the model to beat knows: n-grams of categories, products and the time."""
