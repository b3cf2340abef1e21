"""A card: what a message about a visit says."""

from __future__ import annotations

from bot.shop import Shop
from bot.texts import Speech
from db.outbox import Due, Seen

_CLOSE = 0.1  # a second department is named when its probability is this near to the first one's
_LONGEST_NAME = 100  # of a department or a camera, so that a caption stays far below Telegram's 1024


def caption(card: Due, shop: Shop, t: Speech) -> str:
    """The whole card in Telegram's HTML, with what became of the visit."""
    visit = card.visit
    lines = [
        *_department(visit, shop, t),
        "",
        ", ".join([_gender(visit.gender, t), _age(visit.age_band, t)]),
        *_attire(visit, t),
        t("{camera}, {time}", camera=_short(visit.camera), time=shop.clock(visit.first_seen)),
    ]
    if verdict := _verdict(card, t):
        lines += ["", verdict]
    return "\n".join(lines)


def _department(visit: Seen, shop: Shop, t: Speech) -> list[str]:
    if visit.department == "general":
        return [t("<b>General</b>"), t("Too little was seen to suggest a department.")]
    lines = [t("<b>{department}</b>, {percent} %", **_share(visit.department, visit.department_p, shop, t))]
    others = [(key, p) for key, p in visit.ranking if key != visit.department]
    if others and visit.department_p - others[0][1] <= _CLOSE:
        lines.append(t("or {department}, {percent} %", **_share(*others[0], shop, t)))
    return lines


def _share(key: str, p: float, shop: Shop, t: Speech) -> dict[str, object]:
    return {"department": _short(shop.department(key, t.language) or key), "percent": round(100 * p)}


def _gender(gender: str, t: Speech) -> str:
    if gender == "female":
        return t("woman")
    if gender == "male":
        return t("man")
    return t("gender unclear")


def _age(band: str | None, t: Speech) -> str:
    return t("age {band}", band=band.replace("-", "–")) if band else t("age unclear")


def _attire(visit: Seen, t: Speech) -> list[str]:
    words = {
        "formal": t("business wear"),
        "casual": t("casual wear"),
        "sport": t("sportswear"),
        "outerwear": t("outerwear"),
        "dress": t("dress or skirt"),
    }
    worn = [words[label] for label in visit.attire_labels if label in words]
    return [", ".join(worn)] if worn else []


def _verdict(card: Due, t: Speech) -> str | None:
    if card.taken_by == card.staff_id:
        return t("✅ You have taken this visitor. When you are free again, press “🟢 Waiting”.")
    if card.declined:
        return t("Closed: not yours.")
    if card.taken_by is not None:
        return t("Taken by {name}.", name=card.taken_by_name)
    return None


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
