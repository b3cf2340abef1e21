"""Everything the bot says, in the listener's language: gettext messages in English, translated in `bot/locale`.

The catalogues are compiled in memory when first used, so an edited .po file needs no build step.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import get_args

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from amiko.config import Language

LOCALES = Path(__file__).parent / "locale"
LANGUAGES: tuple[Language, ...] = get_args(Language)
SOURCE: Language = "en"  # the messages in the code are its texts


class Speech:
    """Says things in one language: `t("Hello, {name}", name=…)`."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._catalogue = _catalogue(language)

    def __call__(self, message: str, **fields: object) -> str:
        """The message in Telegram's HTML; every field is escaped, the message itself may hold tags."""
        return self._catalogue.gettext(message).format(
            **{name: escape(str(value), quote=False) for name, value in fields.items()}
        )

    def count(self, one: str, many: str, number: int, **fields: object) -> str:
        """The message in the right plural form, as plain text; {number} is its number."""
        return self._catalogue.ngettext(one, many, number).format(number=number, **fields)

    def plain(self, message: str, **fields: object) -> str:
        """The message as plain text, for buttons and notices."""
        return self._catalogue.gettext(message).format(**fields)


@lru_cache
def speech(language: Language) -> Speech:
    """The one `Speech` of a language."""
    return Speech(language)


def _catalogue(language: Language) -> gettext.NullTranslations:
    if language == SOURCE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, merged(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def merged(language: Language) -> Catalog:
    """All catalogues of a language as one: there is a file for each concern.

    Raises:
        ValueError: two files translate the same message.
    """
    whole = Catalog(locale=language)
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=language, abort_invalid=True):
                if message.id and message.id in whole:
                    raise ValueError(f"{path.name} translates {message.id!r} once more")
                if message.id and not message.fuzzy:
                    whole[message.id] = message
    return whole
