"""Telegram's HTML in, plain text and entities out, with Telegram's own complaints about bad HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bot.simulator.errors import ApiError, bad_request

TYPES = {
    "b": "bold", "strong": "bold",
    "i": "italic", "em": "italic",
    "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler",
    "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
KNOWN_TYPES = {*TYPES.values(), "expandable_blockquote", "bot_command", "mention", "hashtag", "url", "email"}

_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[A-Za-z0-9.\-]+))?""")
_URL = re.compile(r"(?:https?://|(?<![\w./@-])t\.me/)[^\s<>\"]*[^\s<>\".,;:!?)'»…]")
_COMMAND = re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")


@dataclass(frozen=True)
class Entity:
    """A formatted span; offset and length count UTF-16 code units, as everywhere in Telegram."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The MessageEntity object of the Bot API."""
        values = {"type": self.type, "offset": self.offset, "length": self.length}
        return values | ({"url": self.url} if self.url else {}) | ({"language": self.language} if self.language else {})


@dataclass(frozen=True)
class Formatted:
    """A text with its entities, sorted by offset, outer ones first."""

    text: str
    entities: tuple[Entity, ...] = ()

    @property
    def length(self) -> int:
        """Length in UTF-16 code units."""
        return utf16_length(self.text)


def utf16_length(text: str) -> int:
    """How many UTF-16 code units `text` takes."""
    return len(text) + sum(character > "\uffff" for character in text)


def from_html(html: str) -> Formatted:
    """Parse Telegram's HTML.

    Raises:
        ApiError: 400 "can't parse entities: …" with the byte offset of the fault.
    """
    return _Parser(html).parse()


def from_plain(text: str, given: Iterable[Any] = ()) -> Formatted:
    """A text without parse mode, with the entities that came beside it (MessageEntity objects).

    Raises:
        ApiError: 400 when an entity is malformed.
    """
    entities = []
    for item in given:
        if (
            not isinstance(item, dict)
            or not isinstance(item.get("offset"), int)
            or not isinstance(item.get("length"), int)
        ):
            raise bad_request("can't parse MessageEntity: Object expected")
        if item.get("type") in KNOWN_TYPES:
            entities.append(Entity(item["type"], item["offset"], item["length"], item.get("url"), item.get("language")))
    return Formatted(text, _sorted(entities))


def finished(formatted: Formatted) -> Formatted:
    """What Telegram makes of it at the end: outer white space gone, addresses and commands marked."""
    text = formatted.text
    before = utf16_length(text[: len(text) - len(text.lstrip())])
    stripped = text.strip()
    end = utf16_length(stripped)
    kept = []
    for entity in formatted.entities:
        start, stop = max(entity.offset - before, 0), min(entity.offset - before + entity.length, end)
        if stop > start:
            kept.append(replace(entity, offset=start, length=stop - start))
    for kind, pattern in (("url", _URL), ("bot_command", _COMMAND)):
        kept += _marked(stripped, kind, pattern, kept)
    return Formatted(stripped, _sorted(kept))


def _marked(text: str, kind: str, pattern: re.Pattern[str], taken: list[Entity]) -> list[Entity]:
    """Addresses, or commands such as /start, that stand outside links and code."""
    found = []
    for match in pattern.finditer(text):
        start, length = utf16_length(text[: match.start()]), utf16_length(match.group())
        inside = any(
            e.type in {"text_link", "url", "code", "pre", "bot_command"} and e.offset <= start < e.offset + e.length
            for e in taken
        )
        if not inside:
            found.append(Entity(kind, start, length))
    return found


def _sorted(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    return tuple(sorted(entities, key=lambda entity: (entity.offset, -entity.length)))


@dataclass
class _Open:
    """A start tag that waits for its end tag."""

    tag: str
    type: str
    offset: int
    url: str | None = None
    language: str | None = None


class _Parser:
    """One pass over the text, after TDLib's parse_html."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.at = 0
        self.text: list[str] = []
        self.units = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def parse(self) -> Formatted:
        while self.at < len(self.html):
            if self.html.startswith("</", self.at):
                self._end_tag()
            elif self.html[self.at] == "<":
                self._start_tag()
            else:
                self._character()
        if self.open:
            raise self._fault(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return Formatted("".join(self.text), _sorted(self.entities))

    def _fault(self, complaint: str) -> ApiError:
        return bad_request(f"can't parse entities: {complaint}")

    def _offset(self) -> str:
        return f"at byte offset {len(self.html[: self.at].encode())}"

    def _character(self) -> None:
        character, length = self.html[self.at], 1
        if character == "&" and (match := _CHARACTER.match(self.html, self.at)):
            character, length = _decoded(match), len(match.group())
        self.text.append(character)
        self.units += utf16_length(character)
        self.at += length

    def _start_tag(self) -> None:
        match = _TAG_NAME.match(self.html, self.at + 1)
        tag = match.group().lower() if match else ""
        if self.html.find(">", self.at) < 0:
            raise self._fault(f"Unclosed start tag {self._offset()}")
        if tag not in TYPES:
            raise self._fault(f'Unsupported start tag "{tag}" {self._offset()}')
        attributes, end = self._attributes(self.at + 1 + len(tag), tag)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._fault(f'Tag "span" must have class "tg-spoiler" {self._offset()}')
        opened = _Open(tag, TYPES[tag], self.units)
        if tag == "a":
            opened.url = attributes.get("href")
        if tag == "blockquote" and "expandable" in attributes:
            opened.type = "expandable_blockquote"
        if tag == "code" and self.open and self.open[-1].tag == "pre" and self.open[-1].offset == self.units:
            language = attributes.get("class", "")
            self.open[-1].language = language.removeprefix("language-") if language.startswith("language-") else None
        self.open.append(opened)
        self.at = end + 1

    def _attributes(self, at: int, tag: str) -> tuple[dict[str, str], int]:
        """The attributes from `at` on, and where the tag's ">" stands."""
        attributes = {}
        while match := _ATTRIBUTE.match(self.html, at):
            value = match.group(2) or ""
            value = value[1:-1] if value[:1] in {'"', "'"} else value.lower()
            attributes[match.group(1).lower()] = _CHARACTER.sub(_decoded, value)
            at = match.end()
        rest = self.html[at:]
        at += len(rest) - len(rest.lstrip())
        if self.html[at : at + 1] != ">":
            raise self._fault(f'Unclosed start tag "{tag}" {self._offset()}')
        return attributes, at

    def _end_tag(self) -> None:
        if not self.open:
            raise self._fault(f"Unexpected end tag {self._offset()}")
        end = self.html.find(">", self.at)
        if end < 0:
            raise self._fault(f"Unclosed end tag {self._offset()}")
        opened, found = self.open[-1], self.html[self.at + 2 : end].strip().lower()
        if found and found != opened.tag:
            raise self._fault(f'Unmatched end tag {self._offset()}, expected "</{opened.tag}>", found "</{found}>"')
        self.open.pop()
        self.at = end + 1
        length = self.units - opened.offset
        code_of_pre = opened.tag == "code" and self.open and self.open[-1].tag == "pre"
        link_without_address = opened.tag == "a" and not opened.url
        if length and not code_of_pre and not link_without_address:
            self.entities.append(Entity(opened.type, opened.offset, length, opened.url, opened.language))


def _decoded(match: re.Match[str]) -> str:
    """The character that &lt; &#60; or &#x3c; stands for, or the text as it is where there is none."""
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else match.group()
