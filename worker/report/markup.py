"""HTML and SVG elements whose texts and attributes are always escaped."""

from __future__ import annotations

from html import escape

VOID = frozenset({"br", "img"})


class Html(str):
    """Text that is markup already; any other text is escaped where it enters an element."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | float | None) -> Html:
    """One element.

    Args:
        children: Html as it is, other text escaped.
        attributes: `class_` stands for class, `stroke_width` for stroke-width; None leaves one out. Numbers are
            rounded to three digits.
    """
    parts = [f' {key.rstrip("_").replace("_", "-")}="{_value(v)}"' for key, v in attributes.items() if v is not None]
    opening = f"<{name}{''.join(parts)}>"
    return Html(opening if name in VOID else f"{opening}{join(*children)}</{name}>")


def join(*children: str) -> Html:
    """Several parts, one after the other; what is not Html is escaped."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children))


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.3f}".rstrip("0").rstrip(".")
