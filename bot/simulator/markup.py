"""reply_markup checked as Telegram checks it: inline keyboards, reply keyboards, removal, forced replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.simulator.errors import bad_request

MAX_BUTTONS = 100
ACTIONS = ("callback_data", "url", "copy_text", "web_app", "login_url", "switch_inline_query",
           "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "callback_game", "pay")  # fmt: skip
LINKS = ("http://", "https://", "tg://")

Rows = tuple[tuple[dict[str, Any], ...], ...]


@dataclass(frozen=True)
class ReplyKeyboard:
    """The keyboard at the bottom of a chat, as labels in rows."""

    rows: tuple[tuple[str, ...], ...]
    one_time: bool = False
    placeholder: str = ""


@dataclass(frozen=True)
class Markup:
    """What one reply_markup asks for; at most one of the three is set."""

    inline: Rows = ()
    keyboard: ReplyKeyboard | None = None
    removes_keyboard: bool = False


def parse(value: Any) -> Markup:
    """A reply_markup object (already decoded from JSON; None for none).

    Raises:
        ApiError: 400 in Telegram's words where it is malformed.
    """
    if value is None:
        return Markup()
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        return Markup(inline=_inline(value["inline_keyboard"]))
    if "keyboard" in value:
        return Markup(keyboard=_reply_keyboard(value))
    return Markup(removes_keyboard=value.get("remove_keyboard") is True)


def parse_inline(value: Any) -> Rows:
    """The same where only an inline keyboard is allowed, as in edits."""
    if isinstance(value, dict) and value and "inline_keyboard" not in value:
        raise bad_request("inline keyboard expected")
    return parse(value).inline


def _rows(value: Any, field: str) -> list[list[Any]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request(f'can\'t parse reply keyboard markup JSON object: "{field}" must be an Array of Arrays')
    if sum(len(row) for row in value) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return [row for row in value if row]


def _inline(value: Any) -> Rows:
    return tuple(tuple(_inline_button(button) for button in row) for row in _rows(value, "inline_keyboard"))


def _inline_button(button: Any) -> dict[str, Any]:
    problem = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(problem + "InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request(problem + 'Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    if not any(action in button for action in ACTIONS):
        raise bad_request(problem + "Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button and not str(button["url"]).startswith(LINKS):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: unsupported URL protocol")
    return {name: button[name] for name in ("text", *ACTIONS) if name in button}


def _reply_keyboard(value: dict[str, Any]) -> ReplyKeyboard:
    rows = []
    for row in _rows(value["keyboard"], "keyboard"):
        rows.append(tuple(_label(button) for button in row))
    return ReplyKeyboard(
        tuple(rows), value.get("one_time_keyboard") is True, str(value.get("input_field_placeholder") or "")
    )


def _label(button: Any) -> str:
    """The label of a reply keyboard's button, which may be an object or a bare string."""
    label = button.get("text") if isinstance(button, dict) else button
    if not isinstance(label, str):
        raise bad_request('can\'t parse keyboard button: Field "text" must be of type String')
    if not label.strip():
        raise bad_request("keyboard button text must be non-empty")
    return label
