"""What /staff shows: everybody on pages, and one person with what a manager can do about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from telegram import InlineKeyboardButton

from bot import working_hours
from bot.handlers.answers import Buttons, page_buttons
from bot.shop import Shop
from bot.texts import Speech
from db.models import Role, Staff
from db.staff_figures import Day

ON_A_PAGE = 8
_ORDER = ("waiting", "busy", "off")


def overview(
    people: Sequence[Staff], days: Mapping[int, Day], page: int, shop: Shop, t: Speech, *, named: bool
) -> tuple[str, Buttons]:
    """One page of everybody in one shop, who is waiting longest first, and a button for each.

    `named` says which shop that is, for who sees several.
    """
    assert shop.branch is not None
    shop_id = shop.branch.id
    pages = max(1, -(-len(people) // ON_A_PAGE))
    page = min(page, pages - 1)
    shown = sorted(people, key=_rank)[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]
    lines = [t("<b>Staff: {shop}</b>", shop=shop.name) if named else t("<b>Staff</b>")]
    for person in shown:
        lines += ["", _bold(person.name), f"{_state(person, shop, t)}{_figures(person, days, t)}"]
    buttons = [[InlineKeyboardButton(person.name, callback_data=f"p:staff:see:{person.id}:{page}")] for person in shown]
    return "\n".join(lines), buttons + page_buttons(page, pages, lambda to: f"p:staff:list:{shop_id}:{to}")


def one(person: Staff, day: Day, page: int, shop: Shop, t: Speech) -> tuple[str, Buttons]:
    """One person, with buttons for another role, for removal, and back to the page."""
    shop = shop.at(person.shop)
    role = t("chain manager") if person.sees_all else t("manager") if person.manages else t("assistant")
    lines = [
        f"{_bold(person.name)}, {role}",
        f"{_state(person, shop, t)}{_figures(person, {person.id: day}, t)}",
    ]
    lines += _wishes(person, shop, t)
    other: Role = "assistant" if person.manages else "manager"
    label = t.plain("Make them an assistant") if other == "assistant" else t.plain("Make them a manager")
    return "\n".join(lines), [
        [InlineKeyboardButton(label, callback_data=f"p:staff:{other}:{person.id}:{page}")],
        [InlineKeyboardButton(t.plain("Remove"), callback_data=f"p:staff:remove:{person.id}:{page}")],
        [InlineKeyboardButton(t.plain("◀ Back"), callback_data=f"p:staff:list:{person.shop_id}:{page}")],
    ]


def question(person: Staff, action: str, page: int, t: Speech) -> tuple[str, Buttons]:
    """Whether a manager means it; the action is "manager", "assistant" or "remove"."""
    if action == "remove":
        words = t("Take <b>{name}</b> off the staff list? I will answer them no more.", name=person.name)
    elif action == "manager":
        words = t(
            "Make <b>{name}</b> a manager? They will see the figures and can let people in and remove them.",
            name=person.name,
        )
    else:
        words = t("Make <b>{name}</b> an assistant? They will get cards about visitors.", name=person.name)
    return words, [
        [
            InlineKeyboardButton(t.plain("Yes"), callback_data=f"p:staff:{action}!:{person.id}:{page}"),
            InlineKeyboardButton(t.plain("No"), callback_data=f"p:staff:see:{person.id}:{page}"),
        ]
    ]


def _rank(person: Staff) -> tuple[bool, bool, bool, int, float, int]:
    """Assistants who can be told first, longest waiting first among them."""
    since = person.waiting_since.timestamp() if person.waiting_since else 0.0
    out = person.chat_id is None or person.unreachable_since is not None
    return person.manages, person.chat_id is None, out, _ORDER.index(person.status), since, person.id


def _state(person: Staff, shop: Shop, t: Speech) -> str:
    if person.chat_id is None:
        return t("✉️ has not signed in yet")
    if person.unreachable_since is not None:
        return t("⛔ cannot be reached since {when}", when=shop.moment(person.unreachable_since))
    if person.manages:
        return t("🗝 chain manager") if person.sees_all else t("🗝 manager")
    if person.muted_until is not None and person.muted_until > datetime.now(UTC):
        return t("🔕 wants no cards until {when}", when=shop.moment(person.muted_until))
    if person.status == "waiting" and person.waiting_since is not None:
        return t("🟢 waiting since {when}", when=shop.moment(person.waiting_since))
    return t("🟡 busy") if person.status == "busy" else t("⚪ off")


def _figures(person: Staff, days: Mapping[int, Day], t: Speech) -> str:
    """What they did today; nothing for managers, who meet nobody."""
    day = days.get(person.id, Day())
    if person.manages and not day.served:
        return ""
    served = t.count("served {number} visitor today", "served {number} visitors today", day.served)
    if day.response_seconds is None:
        return f"; {served}"
    pace = t("takes a card in {seconds} s", seconds=round(day.response_seconds))
    return f"; {served}, {pace}"


def _wishes(person: Staff, shop: Shop, t: Speech) -> list[str]:
    lines = []
    if person.departments:
        names = [shop.department(key, t.language) or key for key in person.departments]
        lines.append(t("Departments: {names}", names=_listed(names)))
    if person.cameras:
        lines.append(t("Cameras: {names}", names=_listed(person.cameras)))
    if person.hours:
        lines.append(t("Working hours: {hours}", hours=working_hours.told(person.hours, t.language)))
    if person.quiet:
        lines.append(t("Quiet hours: {span}", span=working_hours.span_told(person.quiet)))
    return lines


def _bold(name: str) -> str:
    return f"<b>{escape(name, quote=False)}</b>"


def _listed(names: Sequence[str]) -> str:
    """Names in a row, cut so that a message stays far below Telegram's 4096."""
    row = ", ".join(names)
    return row if len(row) <= 1000 else row[:999] + "…"
