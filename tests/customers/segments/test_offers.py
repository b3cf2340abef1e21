"""Offers: the first rule that fits wins, and the rules that a shop starts with reach everybody they are meant for."""

from __future__ import annotations

import pytest

from amiko.config import Config
from amiko.config_file import ConfigError, load
from customers.churn.words import WORDINGS
from customers.segments.columns import CATEGORY_NAMES
from customers.segments.offers import Rule, offered, strongest

DEFAULT = {"ru": "д", "en": "default"}


def test_the_first_rule_that_fits_wins() -> None:
    rules = [
        Rule("a", "kids", "errors", {"en": "all three"}),
        Rule("a", "*", "errors", {"en": "segment and reason"}),
        Rule("*", "kids", "*", {"en": "category"}),
        Rule("a", "*", "*", {"en": "segment"}),
    ]

    def offer(segment: str, category: str, reason: str | None) -> str:
        return offered(rules, DEFAULT, segment, category, reason)["en"]

    assert offer("a", "kids", "errors") == "all three"
    assert offer("a", "kitchen", "errors") == "segment and reason"
    assert offer("a", "kids", "minutes") == "category"
    assert offer("b", "kids", None) == "category"
    assert offer("a", "kitchen", None) == "segment"
    assert offer("b", "kitchen", "errors") == "default"


def test_the_strongest_reason_is_the_first_that_speaks_for_leaving() -> None:
    reasons = [
        {"reason": "minutes", "effect": -0.9},
        {"reason": "errors", "effect": 0.4},
        {"reason": "pages", "effect": 0.1},
    ]
    assert strongest(reasons) == "errors"
    assert strongest(reasons[:1]) is None
    assert strongest([]) is None


def test_the_default_programme_has_an_offer_for_everybody_in_a_segment() -> None:
    programme = Config().customers.programme()
    assert [segment.key for segment in programme.segments] == [
        "leaving_profitable",
        "leaving_promo",
        "appliances",
        "children_and_self",
    ]
    offers = {
        (segment.key, category, reason): programme.offer(segment.key, category, reason)
        for segment in programme.segments
        for category in CATEGORY_NAMES
        for reason in (*WORDINGS["en"], None)
    }
    assert all(offer["ru"] and offer["en"] for offer in offers.values())
    used = {offer["en"] for offer in offers.values()}
    assert used == {rule.texts["en"] for rule in programme.rules}  # each rule is somebody's


def test_segments_are_found_by_key_and_by_name() -> None:
    programme = Config().customers.programme()
    for name in ("appliances", " Appliances ", "только ТЕХНИКА", "Appliances only"):
        found = programme.find(name)
        assert found is not None
        assert found.key == "appliances"
    assert programme.find("") is None
    assert programme.near("aplliances") == "appliances"
    assert programme.near("zzz") is None


NAMES = "{ru: а, en: a}"
SEGMENT = f"key: a, names: {NAMES}, when: churn > 0.5"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            f"segments: [{{key: a, names: {NAMES}, when: chrun > 0.5}}]",
            "no column is called chrun; did you mean churn?",
        ),
        (f"segments: [{{key: a, names: {NAMES}, when: churn > }}]", "(at character 8)"),
        ("segments: [{key: a, names: {ru: а}, when: churn > 0.5}]", "the text in en is missing"),
        (f"segments: [{{key: A b, names: {NAMES}, when: churn > 0.5}}]", "segments.0.key"),
        (f"segments: [{{{SEGMENT}}}, {{{SEGMENT}}}]", "the key a stands twice"),
        (
            f"offers: [{{segment: appliance, offer: {NAMES}}}]",
            "offers.0.segment: no segment is called 'appliance'; did",
        ),
        (
            f"offers: [{{category: toys, offer: {NAMES}}}]",
            "offers.0.category: no category is called 'toys'; there are:",
        ),
        (f"offers: [{{reason: promo, offer: {NAMES}}}]", "did you mean promo_share?"),
        (
            f"offers: [{{offer: {NAMES}}}, {{segment: appliances, offer: {NAMES}}}]",
            "offers.1 is never reached: offers.0",
        ),
        ("default_offer: {en: a}", "the text in ru is missing"),
        ("at_risk: 70", "less than or equal to 1"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(tmp_path, text: str, says: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(f"customers: {{{text}}}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert says in str(caught.value)


def test_the_position_of_a_mistake_reaches_the_command_line(tmp_path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(
        "customers:\n  segments:\n    - {key: a, names: {ru: а, en: a}, when: 'profit > 1 and chrun > 0.5'}\n"
        "  offers: []\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load(path)
    lines = str(caught.value).split("\n")
    assert "customers.segments.0.when" in lines[0]
    assert lines[1].index("chrun") == lines[2].index("^")
