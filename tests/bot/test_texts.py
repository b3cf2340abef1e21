"""The catalogues hold every message of the code, and nothing else."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
from bot.texts import LANGUAGES, LOCALES, SOURCE, speech

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]


def messages() -> set[str]:
    """Every message in the bot's code: t("…") and t.plain("…")."""
    found = extract_from_dir(
        Path(bot.__file__).parent,
        method_map=[("simulator/**", "ignore"), ("**.py", "python")],
        keywords={"t": None, "plain": None},
    )
    return {message for _, _, message, _, _ in found}


def catalogue(language: str) -> dict[str, str]:
    with (LOCALES / language / "LC_MESSAGES" / "bot.po").open("rb") as file:
        return {m.id: m.string for m in read_po(file, locale=language, abort_invalid=True) if m.id and not m.fuzzy}


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


def test_the_code_has_messages() -> None:
    assert {"Take", "Taken by {name}.", "<b>General</b>"} <= messages()
    assert len(messages()) > 40


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_no_translation_is_left_over(language) -> None:
    translations = catalogue(language)
    assert {message for message in messages() if not translations.get(message)} == set()
    assert translations.keys() - messages() == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_fields_and_tags_of_their_messages(language) -> None:
    for message, translation in catalogue(language).items():
        assert fields(message) == fields(translation), message
        for tag in ("<b>", "</b>", "<code>", "</code>"):
            assert message.count(tag) == translation.count(tag), message


def test_fields_are_escaped_in_html_and_left_alone_in_plain_text() -> None:
    t = speech("ru")
    assert t("Taken by {name}.", name="<b>&") == "Посетителя встречает &lt;b&gt;&amp;."
    assert t.plain("Already taken by {name}.", name="<b>&") == "Посетителя уже встречает <b>&."
