"""The departments of a shop whose config.yaml names none: the six categories of the online shop.

The weights are starting values set by hand, not fitted to data; a shop edits them in config.yaml.
"""

from __future__ import annotations

from typing import Any

DEFAULT_DEPARTMENTS: list[dict[str, Any]] = [
    {
        "key": "kids",
        "names": {"ru": "Товары для детей", "en": "Goods for children"},
        "prior": 1.0,
        "age": {"0-12": 5.0, "13-17": 1.2, "25-44": 1.6, "45-64": 0.7, "65+": 0.9},
        "gender": {"female": 1.3, "male": 0.8},
        "attire": {"casual": 1.2, "formal": 0.8},
    },
    {
        "key": "textiles",
        "names": {"ru": "Домашний текстиль", "en": "Home textiles"},
        "prior": 0.9,
        "age": {"0-17": 0.3, "18-24": 0.6, "45-64": 1.5, "65+": 1.8},
        "gender": {"female": 1.4, "male": 0.6},
        "attire": {"outerwear": 1.1},
    },
    {
        "key": "cosmetics",
        "names": {"ru": "Косметика и аксессуары", "en": "Cosmetics and accessories"},
        "prior": 1.0,
        "age": {"0-12": 0.2, "13-17": 1.3, "18-24": 1.8, "25-34": 1.5, "65+": 0.5},
        "gender": {"female": 1.9, "male": 0.25},
        "attire": {"dress": 1.5, "formal": 1.2},
    },
    {
        "key": "electronics",
        "names": {"ru": "Мелкая бытовая техника и электроника", "en": "Small appliances and electronics"},
        "prior": 1.0,
        "age": {"0-12": 0.4, "13-17": 1.6, "18-34": 1.4, "65+": 0.6},
        "gender": {"female": 0.5, "male": 1.8},
        "attire": {"sport": 1.2, "casual": 1.1, "dress": 0.7},
    },
    {
        "key": "beauty",
        "names": {"ru": "Техника для красоты и здоровья", "en": "Beauty and health devices"},
        "prior": 0.7,
        "age": {"0-12": 0.1, "13-17": 0.6, "25-44": 1.2, "45-64": 1.4, "65+": 1.6},
        "gender": {"female": 1.3, "male": 0.9},
        "attire": {"sport": 1.6},
    },
    {
        "key": "kitchen",
        "names": {"ru": "Кухонная посуда", "en": "Kitchenware"},
        "prior": 0.9,
        "age": {"0-17": 0.3, "18-24": 0.6, "35-64": 1.4, "65+": 1.3},
        "gender": {"female": 1.2, "male": 0.9},
    },
]
