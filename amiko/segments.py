"""The segments and offers of a shop whose config.yaml names none; a shop edits them there."""

from __future__ import annotations

from typing import Any

from amiko.config.section import Language

DEFAULT_SEGMENTS: list[dict[str, Any]] = [
    {
        "key": "leaving_profitable",
        "names": {"ru": "Уходят, самые прибыльные", "en": "Likely to leave and most profitable"},
        "when": "churn >= 0.7 and profit >= median",
    },
    {
        "key": "leaving_promo",
        "names": {"ru": "Уходят, покупают по акциям", "en": "Likely to leave, mostly promo purchases"},
        "when": "churn >= 0.7 and promo_share > 0.5",
    },
    {
        "key": "appliances",
        "names": {"ru": "Только техника", "en": "Appliances only"},
        "when": 'category in ("Мелкая бытовая техника и электроника", "Техника для красоты и здоровья")',
    },
    {
        "key": "children_and_self",
        "names": {"ru": "Товары для детей и для себя", "en": "Goods for children and for oneself"},
        "when": 'category in ("Товары для детей", "Косметика и аксессуары")',
    },
]

DEFAULT_OFFERS: list[dict[str, Any]] = [
    {
        "segment": "leaving_profitable",
        "reason": "errors",
        "offer": {
            "ru": "Извинение за сбои сайта, бесплатная доставка следующего заказа и номер личного менеджера",
            "en": "An apology for the site's errors, free delivery of the next order, and a manager's own number",
        },
    },
    {
        "segment": "leaving_profitable",
        "reason": "unpaid_products",
        "offer": {
            "ru": "Скидка 10 % на то, что осталось в корзине, на три дня",
            "en": "10 % off what is still in the basket, for three days",
        },
    },
    {
        "segment": "leaving_profitable",
        "category": "kids",
        "offer": {
            "ru": "Клуб для родителей: подборка по возрасту ребёнка и скидка 10 % на следующий заказ",
            "en": "A parents' club: picks by the child's age, and 10 % off the next order",
        },
    },
    {
        "segment": "leaving_profitable",
        "offer": {
            "ru": "Ранний доступ к новинкам («{category}») и персональная скидка 10 %",
            "en": "Early access to what is new ({category}), and a personal 10 % off",
        },
    },
    {
        "segment": "leaving_promo",
        "reason": "promo_share",
        "offer": {
            "ru": "Накопительная скидка вместо разовых акций: 5 % сейчас, 7 % с третьего заказа",
            "en": "A discount that grows instead of single promotions: 5 % now, 7 % from the third order on",
        },
    },
    {
        "segment": "leaving_promo",
        "offer": {
            "ru": "Акция недели в любимой категории («{category}») раньше остальных",
            "en": "The week's promotion in the favourite category ({category}), before everybody else",
        },
    },
    {
        "segment": "appliances",
        "category": "beauty",
        "offer": {
            "ru": "Расходные материалы и насадки со скидкой 15 %, продлённая гарантия на год",
            "en": "15 % off consumables and attachments, and one more year of warranty",
        },
    },
    {
        "segment": "appliances",
        "offer": {
            "ru": "Продлённая гарантия на год и скидка 15 % на аксессуары к технике",
            "en": "One more year of warranty, and 15 % off accessories",
        },
    },
    {
        "segment": "children_and_self",
        "category": "kids",
        "offer": {
            "ru": "К детскому заказу подарок для себя: скидка 15 % на косметику и аксессуары",
            "en": "Something for oneself with the child's order: 15 % off cosmetics and accessories",
        },
    },
    {
        "segment": "children_and_self",
        "offer": {
            "ru": "Набор «мне и ребёнку» со скидкой 15 %",
            "en": "A set for oneself and the child at 15 % off",
        },
    },
]

DEFAULT_OFFER: dict[Language, str] = {
    "ru": "Скидка 5 % на следующий заказ в любимой категории («{category}»)",
    "en": "5 % off the next order in the favourite category ({category})",
}
