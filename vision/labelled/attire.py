"""What the labels of the attire data sets say about the five traits, and where they say nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vision.traits import ATTIRE

STREET = {
    "formal": {"suit", "blazer", "tie"},
    "casual": {"t-shirt", "jeans", "sweater", "sweatshirt", "hoodie", "jumper", "cardigan", "shorts"},
    "outerwear": {"coat", "jacket", "cape"},
    "dress": {"dress", "skirt", "romper"},
}
# A usage that says nothing of a trait is missing here.
FORMAL_BY_USAGE = {"Formal": True, "Casual": False, "Sports": False}
CASUAL_BY_USAGE = {"Casual": True, "Formal": False, "Sports": False}


def tags_of(row: Mapping[str, str]) -> frozenset[str]:
    """The finest words that a row has for the clothes on its picture, for training beside the traits.

    Args:
        row: as for traits_of; street photos have several garments, catalogue photos one article.
    """
    return _garments(row) if "garments" in row else frozenset(filter(None, [row["article"].strip()]))


def traits_of(row: Mapping[str, str]) -> NDArray[np.float32]:
    """(5,) in the order of ATTIRE: 1 true, 0 false, NaN not labelled.

    Args:
        row: a row of labels.csv, with the column garments (street photos; an absent garment is a "no") or the
            columns category, article and usage (catalogue photos).

    Raises:
        ValueError: the row has neither.
    """
    if "garments" in row:
        garments = _garments(row)
        says: dict[str, bool | None] = {trait: bool(garments & words) for trait, words in STREET.items()}
    elif {"category", "article", "usage"} <= row.keys():
        usage = row["usage"].strip()
        says = {
            "formal": FORMAL_BY_USAGE.get(usage),
            "casual": CASUAL_BY_USAGE.get(usage),
            "sport": usage == "Sports" if usage else None,
            "dress": row["category"].strip() == "Dress" or row["article"].strip() == "Skirts",
        }
    else:
        raise ValueError("an attire row needs the column garments, or category, article and usage")
    values = [says.get(trait) for trait in ATTIRE]
    return np.array([np.nan if value is None else float(value) for value in values], np.float32)


def _garments(row: Mapping[str, str]) -> frozenset[str]:
    return frozenset(filter(None, (word.strip().lower() for word in row["garments"].split(";"))))
