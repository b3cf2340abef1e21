"""The keyboards: an assistant's status below the chat, and the buttons of a card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast
from zlib import crc32

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup

from bot.shop import Shop
from bot.texts import LANGUAGES, Speech, speech
from db.models import Status
from db.outbox import Due, Seen

Action = Literal["take", "skip", "serve", "left", "pass"]

_DATA = re.compile(r"(take|skip|left|pass|serve):([0-9a-zA-Z-]{1,36})(?::([0-9a-f]{8}))?")


@dataclass(frozen=True)
class Press:
    """One press on a card: what is asked for, of which visit, and, for "serve", the mark of the department."""

    action: Action
    visit_id: str
    mark: str | None = None


def status_labels(t: Speech) -> dict[str, Status]:
    """What stands on the status keyboard, and what each label means."""
    return {
        t.plain("🟢 Waiting"): "waiting",
        t.plain("🟡 Busy"): "busy",
        t.plain("⚪ Off"): "off",
    }


def status_keyboard(t: Speech) -> ReplyKeyboardMarkup:
    """Waiting, busy, off."""
    return ReplyKeyboardMarkup([list(status_labels(t))], resize_keyboard=True, is_persistent=True)


def status_of(label: str) -> Status | None:
    """The status that a label means in any language: a keyboard may be older than its owner's choice."""
    for language in LANGUAGES:
        if status := status_labels(speech(language)).get(label):
            return status
    return None


def card_buttons(card: Due, shop: Shop, t: Speech) -> InlineKeyboardMarkup | None:
    """What this person can do with the card now; None where that is nothing.

    Whoever has taken the visitor sees the departments at once, one below the other: "served" and
    "which department" are one tap, and on a phone a long name needs the whole row.
    """
    visit = card.visit
    if card.elsewhere:
        return None
    if card.state == "offered" and card.outcome is None:
        return InlineKeyboardMarkup(
            [[_button(t.plain("Take"), "take", visit.id), _button(t.plain("Not mine"), "skip", visit.id)]]
        )
    if card.state == "claimed" and card.taken_by == card.staff_id:
        served = [
            [_button(f"✅ {shop.department(key, t.language)}", "serve", visit.id, _mark(key))]
            for key in _in_order(visit, shop)
        ]
        others = [_button(t.plain("Left"), "left", visit.id), _button(t.plain("Pass on"), "pass", visit.id)]
        return InlineKeyboardMarkup([*served, others])
    return None


def read_press(data: object) -> Press | None:
    """What the callback data of a card's button asks for; None for anything else."""
    if not isinstance(data, str) or (match := _DATA.fullmatch(data)) is None:
        return None
    press = Press(cast(Action, match[1]), match[2], match[3])
    return press if (press.action == "serve") == (press.mark is not None) else None


def department_of(press: Press, shop: Shop) -> str | None:
    """The department that a press on "served" means; None where the configuration no longer has it."""
    for department in shop.config.routing.departments:
        if press.mark == _mark(department.key):
            return department.key
    return None


def _button(label: str, action: Action, *of: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=":".join([action, *of]))


def _in_order(visit: Seen, shop: Shop) -> list[str]:
    """Every department of the configuration: as drawn by lot, or the likeliest first; those that came later, last."""
    ranked = visit.shown or [visit.department, *(key for key, _ in visit.ranking)]
    there = [department.key for department in shop.config.routing.departments]
    return sorted(there, key=lambda key: ranked.index(key) if key in ranked else len(ranked))


def _mark(key: str) -> str:
    """A department in callback data, which has no room for a whole key: 64 bytes, 36 of them the visit's."""
    return f"{crc32(key.encode()):08x}"
