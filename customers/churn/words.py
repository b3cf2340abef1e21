"""Reasons in words, Russian and English: "visits fell: 10 minutes this month, 12 the month before".

Only words: a bot that tells them loads no model. A reason is what `customers.churn.explanation` stores: its key, an
effect (above 0 speaks for leaving), a value, and either what is usual, or what it was before where the change counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["ru", "en"]


@dataclass(frozen=True)
class Wording:
    """How a reason is told.

    Attributes:
        name: of the thing itself, for a chart.
        levels: for less than usual, as usual, and more; with {value} and {usual}.
        trends: for less than before, as before, and more; with {value} and {before}. None where nothing is compared.
    """

    name: str
    levels: tuple[str, str, str]
    trends: tuple[str, str, str] | None = None


CATEGORIES: Mapping[Language, Mapping[str, str]] = {
    "ru": {
        "kids": "товары для детей",
        "textiles": "домашний текстиль",
        "cosmetics": "косметику и аксессуары",
        "electronics": "мелкую бытовую технику и электронику",
        "beauty": "технику для красоты и здоровья",
        "kitchen": "кухонную посуду",
    },
    "en": {
        "kids": "goods for children",
        "textiles": "home textiles",
        "cosmetics": "cosmetics and accessories",
        "electronics": "small appliances and electronics",
        "beauty": "beauty and health devices",
        "kitchen": "kitchenware",
    },
}
"""What a customer mostly buys."""


def _levels(less: str, usual: str, more: str, rest: str) -> tuple[str, str, str]:
    return f"{less}{rest}", f"{usual}{rest}", f"{more}{rest}"


WORDINGS: Mapping[Language, Mapping[str, Wording]] = {
    "ru": {
        "service": Wording("Тип сервиса", ("сервис «стандарт»", "сервис «стандарт»", "сервис «премиум»")),
        "may_notify": Wording(
            "Согласие на сообщения", ("сообщения не разрешены", "сообщения разрешены", "сообщения разрешены")
        ),
        "marketing": Wording(
            "Сообщения магазина",
            _levels(
                "мало сообщений магазина",
                "обычное число сообщений магазина",
                "много сообщений магазина",
                ": {value} в месяц за полгода, обычно {usual}",
            ),
            _levels(
                "сообщений магазина стало меньше",
                "сообщений магазина столько же",
                "сообщений магазина стало больше",
                ": {value} в этом месяце, {before} в среднем за полгода",
            ),
        ),
        "days_registered": Wording(
            "Давность регистрации",
            _levels("недавний клиент", "клиент с обычным стажем", "давний клиент", ": {value} дн., обычно {usual}"),
        ),
        "promo_share": Wording(
            "Доля акционных покупок",
            _levels(
                "низкая доля акций", "обычная доля акций", "высокая доля акций", ": {value} % покупок, обычно {usual} %"
            ),
        ),
        "unpaid_products": Wording(
            "Неоплаченные товары",
            _levels(
                "мало неоплаченных товаров",
                "обычное число неоплаченных товаров",
                "много неоплаченных товаров",
                ": {value} за квартал, обычно {usual}",
            ),
        ),
        "favourite_category": Wording("Любимая категория", ("чаще всего покупает {value}",) * 3),
        "revenue": Wording(
            "Покупки",
            _levels("мало покупок", "покупок как обычно", "много покупок", ": на {value} в месяц, обычно {usual}"),
            _levels(
                "покупок стало меньше",
                "покупки на прежнем уровне",
                "покупок стало больше",
                ": на {value} в этом месяце, {before} в прошлом",
            ),
        ),
        "minutes": Wording(
            "Время на сайте",
            _levels(
                "мало времени на сайте",
                "обычное время на сайте",
                "много времени на сайте",
                ": {value} мин. в месяц, обычно {usual}",
            ),
            _levels(
                "визиты сократились",
                "визиты на прежнем уровне",
                "визиты стали дольше",
                ": {value} мин. в этом месяце, {before} в прошлом",
            ),
        ),
        "pages": Wording(
            "Страницы за визит",
            _levels("мало страниц", "страниц как обычно", "много страниц", ": {value} за визит, обычно {usual}"),
        ),
        "categories": Wording(
            "Категории за визит",
            _levels("мало категорий", "категорий как обычно", "много категорий", ": {value} за визит, обычно {usual}"),
        ),
        "errors": Wording(
            "Ошибки сервиса",
            _levels("мало ошибок", "ошибок как обычно", "много ошибок", " сервиса: {value}, обычно {usual}"),
        ),
    },
    "en": {
        "service": Wording("Service", ("standard service", "standard service", "premium service")),
        "may_notify": Wording("Messages allowed", ("allows no messages", "allows messages", "allows messages")),
        "marketing": Wording(
            "Messages of the shop",
            _levels(
                "few", "the usual", "many", " messages of the shop: {value} a month in half a year, usually {usual}"
            ),
            _levels(
                "messages of the shop fell",
                "messages of the shop are steady",
                "messages of the shop rose",
                ": {value} this month, {before} a month in half a year",
            ),
        ),
        "days_registered": Wording(
            "Time since signing up",
            _levels(
                "a recent customer",
                "a customer as long as others",
                "an old customer",
                ": {value} days, usually {usual}",
            ),
        ),
        "promo_share": Wording(
            "Promo share",
            _levels(
                "low promo share",
                "usual promo share",
                "high promo share",
                ": {value} % of purchases, usually {usual} %",
            ),
        ),
        "unpaid_products": Wording(
            "Unpaid products",
            _levels("few", "the usual", "many", " products left unpaid: {value} in a quarter, usually {usual}"),
        ),
        "favourite_category": Wording("Favourite category", ("mostly buys {value}",) * 3),
        "revenue": Wording(
            "Purchases",
            _levels("low purchases", "usual purchases", "high purchases", ": {value} a month, usually {usual}"),
            _levels(
                "purchases fell",
                "purchases are steady",
                "purchases rose",
                ": {value} this month, {before} the month before",
            ),
        ),
        "minutes": Wording(
            "Time on the site",
            _levels(
                "little time", "the usual time", "much time", " on the site: {value} minutes a month, usually {usual}"
            ),
            _levels(
                "visits fell",
                "visits are steady",
                "visits rose",
                ": {value} minutes this month, {before} the month before",
            ),
        ),
        "pages": Wording(
            "Pages a visit", _levels("few", "the usual", "many", " pages a visit: {value}, usually {usual}")
        ),
        "categories": Wording(
            "Categories a visit", _levels("few", "the usual", "many", " categories a visit: {value}, usually {usual}")
        ),
        "errors": Wording(
            "Errors of the service",
            _levels("few", "the usual", "many", " errors of the service: {value}, usually {usual}"),
        ),
    },
}
"""Every key of a reason, in both languages."""

_PERCENT = "promo_share"
_YES_OR_NO = ("service", "may_notify")  # premium and allowed are 1


def reason_words(reason: Mapping[str, Any], language: Language) -> str:
    """One reason as a clause without a full stop; plain text, the key itself where this version does not know it."""
    key, value = str(reason["reason"]), reason["value"]
    wording = WORDINGS[language].get(key)
    if wording is None:
        return key
    if key == "favourite_category":
        return wording.levels[1].format(value=CATEGORIES[language].get(str(value), str(value)))
    before = reason.get("before")
    if before is not None and wording.trends is not None:
        return wording.trends[_side(value, before)].format(
            value=_number(key, value, language), before=_number(key, before, language)
        )
    usual = reason.get("usual", value)
    side = 2 * bool(value) if key in _YES_OR_NO else _side(value, usual)
    told, ordinary = _number(key, value, language), _number(key, usual, language)
    return wording.levels[side].format(value=told, usual=ordinary)


def _side(value: float, other: float) -> int:
    """0 for less, 1 for about the same (5 %), 2 for more."""
    if abs(value - other) <= 0.05 * max(abs(value), abs(other)):
        return 1
    return 2 if value > other else 0


def _number(key: str, value: float, language: Language) -> str:
    """As people write it: thousands apart, a decimal only where it tells something."""
    if key == _PERCENT:
        value *= 100
    plain = abs(value) >= 20 or value == round(value) or key == _PERCENT
    told = f"{value:,.0f}" if plain else f"{value:.1f}"
    return told if language == "en" else told.replace(",", "\u202f").replace(".", ",")
