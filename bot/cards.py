"""A card: what a message about a visit says."""

from __future__ import annotations

from html import escape

from bot.shop import Shop
from bot.texts import Speech
from bot.words import attire_word
from db.outbox import Due, Seen

_CLOSE = 0.1  # a second department is named when its probability is this near to the first one's
_LONGEST_NAME = 100  # of a department or a camera, so that a caption stays far below Telegram's 1024


def caption(card: Due, shop: Shop, t: Speech) -> str:
    """The whole card in Telegram's HTML, with what became of the visit; times are those of the visit's shop."""
    visit, shop = card.visit, shop.at(card.shop)
    lines = [
        *_escalation(card, shop, t),
        *([] if _asked_openly(card) else [*_department(visit, shop, t), ""]),
        ", ".join([_gender(visit.gender, t), _age(visit.age_band, t)]),
        *_attire(visit, t),
        t("{camera}, {time}", camera=_short(visit.camera), time=shop.clock(visit.first_seen)),
    ]
    if verdict := _verdict(card, shop, t):
        lines += ["", verdict]
    return "\n".join(lines)


def _asked_openly(card: Due) -> bool:
    """Whether this person is to say what was wanted without being told what was foreseen: the order is by lot then."""
    return card.visit.shown is not None and card.state == "claimed" and card.taken_by == card.staff_id


def _escalation(card: Due, shop: Shop, t: Speech) -> list[str]:
    if card.kind != "escalation" or card.state != "offered":
        return []
    if not card.passed_on and card.unmet_seconds and card.unmet_seconds >= shop.config.bot.escalate_after:
        return [t("❗ Nobody has taken this visitor for {seconds} s.", seconds=round(card.unmet_seconds)), ""]
    return [t("❗ Nobody else is free for this visitor."), ""]


def _department(visit: Seen, shop: Shop, t: Speech) -> list[str]:
    if visit.department == "general":
        return [t("<b>General</b>"), t("Too little was seen to suggest a department.")]
    lines = [t("<b>{department}</b>, {percent} %", **_share(visit.department, visit.department_p, shop, t))]
    others = [(key, p) for key, p in visit.ranking if key != visit.department]
    if others and visit.department_p - others[0][1] <= _CLOSE:
        lines.append(t("or {department}, {percent} %", **_share(*others[0], shop, t)))
    return lines


def _share(key: str, p: float, shop: Shop, t: Speech) -> dict[str, object]:
    return {"department": _name(key, shop, t), "percent": round(100 * p)}


def _name(key: str, shop: Shop, t: Speech) -> str:
    return _short(shop.department(key, t.language) or key)


def _gender(gender: str, t: Speech) -> str:
    if gender == "female":
        return t("woman")
    if gender == "male":
        return t("man")
    return t("gender unclear")


def _age(band: str | None, t: Speech) -> str:
    return t("age {band}", band=band.replace("-", "–")) if band else t("age unclear")


def _attire(visit: Seen, t: Speech) -> list[str]:
    worn = [attire_word(label, t) for label in visit.attire_labels]
    return [escape(", ".join(worn), quote=False)] if worn else []


def _verdict(card: Due, shop: Shop, t: Speech) -> str | None:
    """What became of the visit, for this person."""
    if card.outcome == "not_mine":
        return t("Closed: not yours.")
    if card.outcome == "passed_on":
        return t("You have passed this visitor on.")
    if card.state in ("claimed", "served", "unknown") and card.taken_by == card.staff_id:
        return _own(card, shop, t)
    if card.state == "left":
        return t("The visitor has left.")
    if card.state == "missed":
        return t("Missed: nobody met this visitor.")
    if card.state == "offered":
        return None
    if card.state == "recorded":
        return t("The main bot serves again and asks about this visitor.")
    if card.taken_by_name is None:
        return t("Taken by somebody who is no longer on the staff list.")
    if card.state == "served":
        return t("Met by {name}: served.", name=card.taken_by_name)
    return t("Taken by {name}.", name=card.taken_by_name)


def _own(card: Due, shop: Shop, t: Speech) -> str:
    if card.state == "served":
        return t("✅ Served: {department}.", department=_name(card.wanted or card.visit.department, shop, t))
    if card.state == "unknown":
        return t("Closed: how it ended was not said.")
    return t("✅ You have taken this visitor. Served? Press the department they really wanted.")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
