"""The catalogues hold every message of the code, and nothing else."""

from __future__ import annotations

import ast
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
from amiko.config import Language
from bot.texts import LANGUAGES, LOCALES, SOURCE, merged, speech

TRANSLATIONS = LOCALES / "ru" / "LC_MESSAGES"
TRANSLATED = [language for language in LANGUAGES if language != SOURCE]


Message = str | tuple[str, ...]
CODE = [path for path in Path(bot.__file__).parent.rglob("*.py") if "simulator" not in path.parts]


def messages() -> set[Message]:
    """Every message in the bot's code, as translators' tools find them: t("…"), t.plain("…"), t.count("…", "…", …)."""
    found = extract_from_dir(
        Path(bot.__file__).parent,
        method_map=[("simulator/**", "ignore"), ("**.py", "python")],
        keywords={"t": None, "plain": None, "count": (1, 2)},
    )
    return {message for _, _, message, _, _ in found}


def spoken() -> list[tuple[str, ast.Call]]:
    """Every call in the code that says something in a language, with where it stands."""
    calls = []
    for path in CODE:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and _is_speech(call.func):
                calls.append((f"{path.name}:{call.lineno}", call))
    return calls


def _is_speech(called: ast.expr) -> bool:
    """t(…), t.plain(…), speech(…)(…), and shop.speech(…).plain(…)."""
    if isinstance(called, ast.Attribute) and called.attr in {"plain", "count"}:
        return _is_speech(called.value) or not isinstance(called.value, ast.Name)
    if isinstance(called, ast.Call):
        return getattr(called.func, "attr", getattr(called.func, "id", "")) == "speech"
    return isinstance(called, ast.Name) and called.id == "t"


def said(call: ast.Call) -> Message | None:
    """The message of a call, None where it is not written out."""
    plural = isinstance(call.func, ast.Attribute) and call.func.attr == "count"
    words = [word.value for word in call.args[: 2 if plural else 1] if isinstance(word, ast.Constant)]
    return tuple(words) if plural and len(words) == 2 else words[0] if words and not plural else None


def catalogue(language: Language) -> dict[Message, tuple[str, ...]]:
    """The forms of each translation that has all of them: one, or as many as the language has plurals."""
    return complete(merged(language))


def complete(catalog: Catalog) -> dict[Message, tuple[str, ...]]:
    forms = {m.id: (m.string,) if isinstance(m.string, str) else tuple(m.string) for m in catalog if m.id}
    return {
        message: texts
        for message, texts in forms.items()
        if all(texts) and len(texts) == (1 if isinstance(message, str) else catalog.num_plurals)
    }


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


def test_the_code_has_messages() -> None:
    assert {"Take", "Taken by {name}.", "<b>General</b>"} <= messages()
    assert len(messages()) > 40


def test_every_message_is_written_out_where_translators_find_it() -> None:
    found = messages()
    assert [place for place, call in spoken() if said(call) not in found] == []
    assert len(spoken()) > 100


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


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_plural_form_is_its_own(language) -> None:
    plurals = {message: forms for message, forms in catalogue(language).items() if isinstance(message, tuple)}
    assert plurals
    for message, forms in plurals.items():
        assert len(set(forms)) == len(forms) == merged(language).num_plurals, message


@pytest.mark.parametrize(
    "forms", ['msgstr[0] "{number} гость"\nmsgstr[1] "{number} гостя"\n', 'msgstr[0] "{number} гость"\n', ""]
)
def test_a_translation_without_all_its_plural_forms_counts_as_missing(forms) -> None:
    head = (TRANSLATIONS / "bot.po").read_text(encoding="utf-8").partition("\n\n")[0]
    text = f'{head}\n\nmsgid "{{number}} guest"\nmsgid_plural "{{number}} guests"\n{forms}'
    whole = forms + 'msgstr[2] "{number} гостей"\n'
    assert complete(read_po(BytesIO(text.encode()), locale="ru")) == {}
    if forms.count("msgstr") == 2:
        assert len(complete(read_po(BytesIO(text.replace(forms, whole).encode()), locale="ru"))) == 1


@pytest.mark.parametrize(("number", "says"), [(1, "1 посетитель"), (3, "3 посетителя"), (11, "11 посетителей")])
def test_russian_counts_as_russians_do(number, says) -> None:
    told = speech("ru").count("served {number} visitor today", "served {number} visitors today", number)
    assert told.endswith(says)


def test_fields_are_escaped_in_html_and_left_alone_in_plain_text() -> None:
    t = speech("ru")
    assert t("Taken by {name}.", name="<b>&") == "Посетителя встречает &lt;b&gt;&amp;."
    assert t.plain("Already taken by {name}.", name="<b>&") == "Посетителя уже встречает <b>&."
