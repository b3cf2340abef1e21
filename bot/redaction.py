"""An error as the log may show it: where it happened and what it was, without a word about any person."""

from __future__ import annotations

import re
import traceback
from collections.abc import Collection, Iterator

from sqlalchemy.exc import StatementError
from telegram import Update

from bot.errors import redact

_LONG_NUMBER = re.compile(r"\d{5,}")
_PUNCTUATION = "/@.,:;!?()[]{}<>\"'«»"


def trace_of(error: BaseException, secrets: Collection[str], token: str) -> str:
    """The trace of an error and of those that led to it, oldest first.

    Frames hold only our own lines and stay as they are; what the errors say is cleaned.
    """
    parts = []
    for one in reversed(list(_chain(error))):
        if isinstance(one, StatementError):
            one.hide_parameters = True  # they hold names and numbers
        frames = "".join(traceback.format_tb(one.__traceback__))
        parts.append(f"{frames}{type(one).__name__}: {clean(str(one), secrets, token)}")
    return redact("\n\nwhich led to:\n\n".join(parts), token)


def clean(words: str, secrets: Collection[str], token: str) -> str:
    """Words without the token, without the given secrets, and without numbers as long as Telegram's ids."""
    words = redact(words, token)
    for secret in sorted(secrets, key=len, reverse=True):
        words = words.replace(secret, "<redacted>").replace(repr(secret)[1:-1], "<redacted>")
    return _LONG_NUMBER.sub("<number>", words)


def secrets_of(update: object) -> set[str]:
    """What an update holds of a person: names, user name, ids, what they wrote, whole and word by word."""
    if not isinstance(update, Update):
        return set()
    found: set[str] = set()
    if user := update.effective_user:
        found |= {user.first_name, user.last_name or "", user.full_name, user.username or "", str(user.id)}
    if chat := update.effective_chat:
        found |= {str(chat.id), chat.first_name or "", chat.last_name or "", chat.username or "", chat.title or ""}
    texts = [update.callback_query.data if update.callback_query else None]
    if message := update.effective_message:
        texts += [message.text, message.caption]
    for text in filter(None, texts):
        found |= {text, *(word.strip(_PUNCTUATION) for word in text.split())}
    return {secret for secret in found if len(secret) > 1}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it, newest first, each once."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
