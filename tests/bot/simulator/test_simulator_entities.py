"""Telegram's HTML becomes text and entities, and bad HTML is refused in Telegram's words."""

from __future__ import annotations

import pytest

from bot.simulator.entities import Entity, Formatted, finished, from_html, from_plain, utf16_length
from bot.simulator.errors import ApiError


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<b>x</b>", "bold"),
        ("<strong>x</strong>", "bold"),
        ("<i>x</i>", "italic"),
        ("<em>x</em>", "italic"),
        ("<u>x</u>", "underline"),
        ("<ins>x</ins>", "underline"),
        ("<s>x</s>", "strikethrough"),
        ("<strike>x</strike>", "strikethrough"),
        ("<del>x</del>", "strikethrough"),
        ("<code>x</code>", "code"),
        ("<pre>x</pre>", "pre"),
        ("<tg-spoiler>x</tg-spoiler>", "spoiler"),
        ('<span class="tg-spoiler">x</span>', "spoiler"),
        ("<blockquote>x</blockquote>", "blockquote"),
        ("<blockquote expandable>x</blockquote>", "expandable_blockquote"),
        ("<B>x</b>", "bold"),
        ("<b>x</>", "bold"),
    ],
)
def test_each_tag_becomes_its_entity(html: str, kind: str) -> None:
    assert from_html(html) == Formatted("x", (Entity(kind, 0, 1),))


def test_a_link_keeps_its_address_with_its_characters_decoded() -> None:
    parsed = from_html('<a href="https://a.example/?x=1&amp;y=2">here</a>')
    assert parsed.entities == (Entity("text_link", 0, 4, "https://a.example/?x=1&y=2"),)


def test_code_in_pre_names_the_language_of_the_block() -> None:
    parsed = from_html('<pre><code class="language-python">x = 1</code></pre>')
    assert parsed.entities == (Entity("pre", 0, 5, language="python"),)


def test_offsets_count_utf16_units() -> None:
    assert from_html("👗<b>ok</b>").entities == (Entity("bold", 2, 2),)
    assert utf16_length("👗a") == 3


def test_nested_spans_come_outer_first() -> None:
    parsed = from_html("<b>one <i>two</i></b>")
    assert parsed.entities == (Entity("bold", 0, 7), Entity("italic", 4, 3))


def test_character_references_are_decoded_and_unknown_ones_stay() -> None:
    assert from_html("&lt;b&gt; &amp; &quot;&#33;&#x41;&nbsp;&#0;").text == '<b> & "!A&nbsp;&#0;'


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("я<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("2 < 3 > 1", 'Unsupported start tag "" at byte offset 2'),
        ("2 <3", "Unclosed start tag at byte offset 2"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a =x>y</a>", 'Unclosed start tag "a" at byte offset 0'),
    ],
)
def test_bad_html_is_refused(html: str, complaint: str) -> None:
    with pytest.raises(ApiError) as refused:
        from_html(html)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


def test_outer_white_space_goes_and_the_entities_move_with_the_text() -> None:
    assert finished(from_html("\n <b> ok </b> \n")) == Formatted("ok", (Entity("bold", 0, 2),))


def test_commands_are_marked_but_not_inside_code_or_links() -> None:
    assert finished(Formatted("see /help@amiko_bot now")).entities == (Entity("bot_command", 4, 15),)
    assert [e.type for e in finished(Formatted("http://a.example/start 1/2")).entities] == ["url"]
    assert [e.type for e in finished(from_html("<code>/start</code>")).entities] == ["code"]


def test_entities_given_beside_the_text_are_taken() -> None:
    given = [{"type": "bold", "offset": 0, "length": 2}]
    assert from_plain("ok", given).entities == (Entity("bold", 0, 2),)
    with pytest.raises(ApiError, match="can't parse MessageEntity"):
        from_plain("ok", [{"type": "bold"}])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("👋 Open https://t.me/amiko_bot?start=a_b-1.", "https://t.me/amiko_bot?start=a_b-1"),
        ("(t.me/amiko_bot)", "t.me/amiko_bot"),
        ("see http://a.example/x?y=1, please", "http://a.example/x?y=1"),
        ("not.me/amiko or at@t.me/x", None),
    ],
)
def test_addresses_are_marked_without_the_sentence_around_them(text: str, address: str | None) -> None:
    words = finished(Formatted(text))
    units = words.text.encode("utf-16-le")
    marked = [units[2 * e.offset : 2 * (e.offset + e.length)].decode("utf-16-le") for e in words.entities]
    assert marked == ([address] if address else [])
