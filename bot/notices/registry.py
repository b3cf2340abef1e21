"""Which text belongs to which kind of notice: one line per kind, `"kind": module.function`.

What a kind's function answers is in `bot/notices/words.py`, so that the modules of the kinds need not import this one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.notices import applicant, reminder, summary
from bot.notices.words import Words
from bot.shop import Shop
from bot.texts import Speech

Render = Callable[[dict[str, Any], Shop, Speech], Words]

KINDS: dict[str, Render] = {
    "applicant": applicant.asks,
    "joined": applicant.joined,
    "reminder": reminder.open_card,
    "summary": summary.late_cards,
}
