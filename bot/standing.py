"""What a process holds from its start to its end, and what need not be looked at again and again."""

from __future__ import annotations

import gc


def leave_standing() -> None:
    """Have the garbage collector pass over all that is there now: for a process of its own, once all is imported.

    Now and then it looks through all that a bot has imported, and stops everything meanwhile: for a quarter of a second
    on a busy machine.
    """
    gc.collect()
    gc.freeze()
