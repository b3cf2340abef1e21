"""The shop's four files: their columns by the original names, and what each may hold."""

from __future__ import annotations

from collections.abc import Mapping

from customers.importing.delimited import Column
from customers.importing.numbers import Numbers
from customers.importing.words import Words
from db.shop_models import Period

TRAITS_FILE = "market_file.csv"
REVENUE_FILE = "market_money.csv"
MINUTES_FILE = "market_time.csv"
PROFIT_FILE = "money.csv"
FILES = (TRAITS_FILE, REVENUE_FILE, MINUTES_FILE, PROFIT_FILE)

ID = "id"
PERIOD = "Период"
LABEL = "Покупательская активность"

_MOST_MONEY = 1e9
_MINUTES_IN_A_MONTH = 31 * 24 * 60

TRAIT_WORDS: Mapping[str, tuple[str, Words]] = {
    LABEL: ("dropped", Words({"Снизилась": True, "Прежний уровень": False}, {}, or_nothing=True)),
    "Тип сервиса": (
        "service",
        Words({"стандарт": "standard", "премиум": "premium"}, {"стандартт": "стандарт"}),
    ),
    "Разрешить сообщать": ("may_notify", Words({"да": True, "нет": False}, {})),
    "Популярная_категория": (
        "favourite_category",
        Words(
            {
                "Товары для детей": "kids",
                "Домашний текстиль": "textiles",
                "Косметика и аксессуары": "cosmetics",
                "Мелкая бытовая техника и электроника": "electronics",
                "Техника для красоты и здоровья": "beauty",
                "Кухонная посуда": "kitchen",
            },
            {"Косметика и аксесуары": "Косметика и аксессуары"},
        ),
    ),
}
"""Columns of market_file.csv that hold words: the name in the database, and the words."""

TRAIT_NUMBERS: Mapping[str, tuple[str, Numbers]] = {
    "Маркет_актив_6_мес": ("marketing_6_months", Numbers(1_000)),
    "Маркет_актив_тек_мес": ("marketing_current_month", Numbers(1_000)),
    "Длительность": ("days_registered", Numbers(36_525, whole=True)),
    "Акционные_покупки": ("promo_share", Numbers(1)),
    "Средний_просмотр_категорий_за_визит": ("categories_per_visit", Numbers(1_000)),
    "Неоплаченные_продукты_штук_квартал": ("unpaid_products", Numbers(100_000, whole=True)),
    "Ошибка_сервиса": ("service_errors", Numbers(100_000, whole=True)),
    "Страниц_за_визит": ("pages_per_visit", Numbers(10_000)),
}
"""Columns of market_file.csv that hold numbers: the name in the database, and the bounds."""

REVENUE_NUMBERS = Numbers(_MOST_MONEY, beside_others=True)
MINUTES_NUMBERS = Numbers(_MINUTES_IN_A_MONTH)
PROFIT_NUMBERS = Numbers(_MOST_MONEY, beside_others=True)

_MISSPELT_PERIODS = {
    "предыдцщий_месяц": "предыдущий_месяц",
    "предидущий_месяц": "предыдущий_месяц",
    "текуший_месяц": "текущий_месяц",
}
_CURRENT: Mapping[str, Period] = {"текущий_месяц": "current", "предыдущий_месяц": "previous"}
REVENUE_PERIODS = Words({**_CURRENT, "препредыдущий_месяц": "before_previous"}, _MISSPELT_PERIODS)
MINUTES_PERIODS = Words(_CURRENT, _MISSPELT_PERIODS)

TRAITS_COLUMNS = (
    Column(ID),
    Column(LABEL, optional=True),
    *(Column(name) for name in (*TRAIT_WORDS, *TRAIT_NUMBERS) if name != LABEL),
)
REVENUE_COLUMNS = (Column(ID), Column(PERIOD), Column("Выручка"))
MINUTES_COLUMNS = (Column(ID), Column(PERIOD), Column("минут"))
PROFIT_COLUMNS = (Column(ID), Column("Прибыль"))
