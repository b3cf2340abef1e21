"""Which text belongs to which kind of notice: one line per kind, `"kind": module.function`.

What a kind's function answers is in `bot/notices/words.py`, so that the modules of the kinds need not import this one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot import digest
from bot.notices import age_check, applicant, cameras, reminder, standby, summary
from bot.notices.words import Words
from bot.shop import Shop
from bot.texts import Speech

Render = Callable[[dict[str, Any], Shop, Speech], Words]

KINDS: dict[str, Render] = {
    "age_check": age_check.ask_for_id,
    "applicant": applicant.asks,
    "camera_back": cameras.back,
    "camera_silent": cameras.silent,
    "digest": digest.words,
    "joined": applicant.joined,
    "reminder": reminder.open_card,
    "standby_rests": standby.rests,
    "standby_start": standby.start,
    "standby_strangers": standby.strangers,
    "summary": summary.late_cards,
}
