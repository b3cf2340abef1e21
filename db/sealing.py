"""Encrypts pictures at rest: Fernet (AES-128-CBC and HMAC-SHA256), with several keys, so that a key can be replaced."""

from __future__ import annotations

import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from db.snapshots import SnapshotError


class Seal:
    """Closes with the first key, opens with any.

    Args:
        keys: as `new_key` makes them, separated by commas or spaces, the newest first.

    Raises:
        SnapshotError: there is none, or one of them cannot be a key; the message never holds any.
    """

    def __init__(self, keys: str) -> None:
        try:
            self._keys = MultiFernet([Fernet(key) for key in re.split(r"[,\s]+", keys.strip(", \t\r\n"))])
        except ValueError:
            raise SnapshotError(
                "AMIKO_PRIVACY__KEY holds no key, or something beside keys; amiko config key makes one, several are "
                "separated by commas, the newest first"
            ) from None

    def close(self, data: bytes) -> bytes:
        """The data, encrypted."""
        return self._keys.encrypt(data)

    def open(self, sealed: bytes) -> bytes:
        """The data again.

        Raises:
            SnapshotError: none of the keys closed it, or it was changed since.
        """
        try:
            return self._keys.decrypt(sealed)
        except InvalidToken:
            raise SnapshotError("no key in AMIKO_PRIVACY__KEY opens it, or it is damaged") from None


def new_key() -> str:
    """A new random key: 32 bytes in URL-safe base64."""
    return Fernet.generate_key().decode()
