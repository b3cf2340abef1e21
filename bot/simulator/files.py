"""Photos and documents that were sent: kept in memory, found by file_id, by path and by the page."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from bot.simulator.errors import bad_request

MAX_PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_TYPES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "WEBP": ("image/webp", "webp")}

Kind = Literal["photo", "document"]


@dataclass(frozen=True)
class StoredFile:
    """One file that the bot sent.

    Attributes:
        path: where the Bot API's file address finds it, for example "photos/file_0.jpg".
        width, height: size of a photo (px), 0 for a document.
    """

    kind: Kind
    file_id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    data: bytes
    width: int = 0
    height: int = 0


class Files:
    """All files sent through one simulator."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_unique_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add_photo(self, data: bytes) -> StoredFile:
        """Keep a photo (JPEG, PNG or WebP).

        Raises:
            ApiError: 400 where Telegram would not take it as a photo.
        """
        if len(data) > MAX_PHOTO_BYTES:
            raise bad_request(
                f"file of size {len(data)} bytes is too big for a photo; the maximum size is {MAX_PHOTO_BYTES} bytes"
            )
        try:
            with Image.open(io.BytesIO(data), formats=tuple(PHOTO_TYPES)) as image:
                (width, height), (mime_type, suffix) = image.size, PHOTO_TYPES[image.format or ""]
        except (OSError, KeyError, ValueError, Image.DecompressionBombError):
            raise bad_request("IMAGE_PROCESS_FAILED") from None
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        path = f"photos/file_{len(self._by_id)}.{suffix}"
        return self._keep("photo", "AgACAgIAAxk", path, "", mime_type, data, width, height)

    def add_document(self, data: bytes, name: str, mime_type: str) -> StoredFile:
        """Keep a document.

        Raises:
            ApiError: 400 when it is empty.
        """
        if not data:
            raise bad_request("file must be non-empty")
        path = f"documents/file_{len(self._by_id)}"
        return self._keep("document", "BQACAgIAAxk", path, name, mime_type, data)

    def _keep(
        self,
        kind: Kind,
        prefix: str,
        path: str,
        name: str,
        mime_type: str,
        data: bytes,
        width: int = 0,
        height: int = 0,
    ) -> StoredFile:
        unique_id = secrets.token_hex(8)
        file = StoredFile(
            kind, prefix + secrets.token_urlsafe(36), unique_id, path, name, mime_type, data, width, height
        )
        self._by_id[file.file_id] = self._by_unique_id[unique_id] = self._by_path[path] = file
        return file

    def by_id(self, file_id: str) -> StoredFile | None:
        """The file with this file_id."""
        return self._by_id.get(file_id)

    def by_unique_id(self, unique_id: str) -> StoredFile | None:
        """The file that the chat page calls so."""
        return self._by_unique_id.get(unique_id)

    def by_path(self, path: str) -> StoredFile | None:
        """The file at this path of the Bot API's file address."""
        return self._by_path.get(path)
