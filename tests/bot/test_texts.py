"""The catalogues hold every message of the code, and nothing else."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir

import bot
from amiko.config import Language
from bot.texts import LANGUAGES, SOURCE, merged, speech

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]


Message = str | tuple[str, ...]


def messages() -> set[Message]:
    """Every message in the bot's code: t("…"), t.plain("…"), and t.count("…", "…", …)."""
    found = extract_from_dir(
        Path(bot.__file__).parent,
        method_map=[("simulator/**", "ignore"), ("**.py", "python")],
        keywords={"t": None, "plain": None, "count": (1, 2)},
    )
    return {message for _, _, message, _, _ in found}


def catalogue(language: Language) -> dict[Message, tuple[str, ...]]:
    """The forms of each translation: one, or as many as the language has plurals."""
    forms = {m.id: (m.string,) if isinstance(m.string, str) else tuple(m.string) for m in merged(language) if m.id}
    return {message: texts for message, texts in forms.items() if all(texts)}


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
    for message, forms in catalogue(language).items():
        source = message if isinstance(message, str) else message[-1]
        for form in forms:
            assert fields(source) == fields(form), message
            for tag in ("<b>", "</b>", "<code>", "</code>"):
                assert source.count(tag) == form.count(tag), message


def test_fields_are_escaped_in_html_and_left_alone_in_plain_text() -> None:
    t = speech("ru")
    assert t("Taken by {name}.", name="<b>&") == "Посетителя встречает &lt;b&gt;&amp;."
    assert t.plain("Already taken by {name}.", name="<b>&") == "Посетителя уже встречает <b>&."
