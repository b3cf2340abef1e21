"""Words that cards and figures share: genders, ages, attire, outcomes, departments and durations."""

from __future__ import annotations

from bot.shop import Shop
from bot.texts import Speech

GENDERS = ("female", "male", "unknown")
STATES = ("served", "left", "missed", "unknown", "open", "recorded")
"""How visits end, in the order in which they are told; "open" stands for offered and claimed."""

_LONGEST = 50


def gender_word(gender: str, t: Speech) -> str:
    """Of many people."""
    words = {"female": t.plain("women"), "male": t.plain("men")}
    return words.get(gender, t.plain("gender unclear"))


def band_word(band: str | None, t: Speech) -> str:
    """An age band as it is printed: "25–34"."""
    return band.replace("-", "–") if band else t.plain("unclear")


def state_word(state: str, t: Speech) -> str:
    """How visits ended."""
    return {
        "served": t.plain("served"),
        "left": t.plain("left"),
        "missed": t.plain("missed"),
        "unknown": t.plain("outcome unknown"),
        "recorded": t.plain("not announced"),
    }.get(state, t.plain("still open"))


def attire_word(trait: str, t: Speech) -> str:
    """What a visitor wears."""
    words = {
        "formal": t.plain("business wear"),
        "casual": t.plain("casual wear"),
        "sport": t.plain("sportswear"),
        "outerwear": t.plain("outerwear"),
        "dress": t.plain("dress or skirt"),
    }
    return words.get(trait, trait)


def department_word(key: str, shop: Shop, t: Speech) -> str:
    """A department's name; its key where it is no longer in the configuration."""
    return t.plain("General") if key == "general" else shop.department(key, t.language) or key


def period_names(t: Speech) -> dict[str, str]:
    """What stands on the buttons of the usual periods."""
    return {
        "today": t.plain("Today"),
        "yesterday": t.plain("Yesterday"),
        "7d": t.plain("7 days"),
        "30d": t.plain("30 days"),
    }


def duration(seconds: float, t: Speech) -> str:
    """ "45 s", "2 min 5 s" or "1 h 3 min"."""
    whole = round(seconds)
    if whole < 60:
        return t.plain("{seconds} s", seconds=whole)
    if whole < 3600:
        return t.plain("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return t.plain("{hours} h {minutes} min", hours=whole // 3600, minutes=whole % 3600 // 60)


def short(name: str) -> str:
    """A name that does not push everything else aside; Telegram counts a caption in units of UTF-16."""
    units = name.encode("utf-16-le")
    if len(units) <= 2 * _LONGEST:
        return name
    return units[: 2 * (_LONGEST - 1)].decode("utf-16-le", errors="ignore").rstrip() + "…"
