"""Pictures that Telegram has already: a visit's second card needs no upload, which a shop's line would feel."""

from __future__ import annotations

from collections import OrderedDict

from telegram import Message

_KEPT = 64


class Photos:
    """Telegram's own names (file ids) of the pictures sent last, by visit."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, str] = OrderedDict()

    def name(self, visit_id: str) -> str | None:
        """What Telegram calls this visit's picture, None if it has to be uploaded."""
        return self._names.get(visit_id)

    def remember(self, visit_id: str, message: Message) -> None:
        """A message with the picture has arrived."""
        if message.photo:
            self._names[visit_id] = message.photo[-1].file_id
            while len(self._names) > _KEPT:
                self._names.popitem(last=False)

    def forget(self, visit_id: str) -> None:
        """Telegram no longer knows the name."""
        self._names.pop(visit_id, None)
