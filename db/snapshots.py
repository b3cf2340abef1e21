"""The pictures on cards: files in a folder beside the database, each whole or not there, plain or encrypted.

A file is written before the row that tells of it, and deleted before that row. So a crash leaves at worst a file
without a row or a row without a file, and `Snapshots.sweep` finds both.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

PLAIN, SEALED = ".jpg", ".sealed"
"""What the name of a visit's file ends in; before it stands the visit's id."""

ORPHANS_SECONDS = 3600.0
"""A file without a row is left alone for so long: its row may be under way."""

_UNFINISHED = ".part"
_JPEG_BEGINS, _JPEG_ENDS = b"\xff\xd8", b"\xff\xd9"
_log = logging.getLogger(__name__)


class SnapshotError(Exception):
    """A picture that cannot be kept or shown; the message says why."""


class Sealing(Protocol):
    """A way to encrypt; each method raises SnapshotError where it cannot."""

    def close(self, data: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes: ...


class NoSeal:
    """In the place of a seal whose key is missing or wrong: nothing is written, and nothing is read.

    Args:
        why: what is wrong, and what to do.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def close(self, data: bytes) -> bytes:
        raise SnapshotError(self._why)

    def open(self, sealed: bytes) -> bytes:
        raise SnapshotError(self._why)


class Snapshots:
    """A folder of pictures that only its owner may read.

    Args:
        folder: made when the first picture is.
        sealing: encrypts what is written; without it files are plain, and encrypted ones cannot be read.
    """

    def __init__(self, folder: Path, sealing: Sealing | None = None) -> None:
        self.folder = folder
        self._sealing = sealing

    def write(self, visit_id: str, jpeg: bytes) -> None:
        """Keep a visit's picture; it is on the disk when this returns.

        Raises:
            SnapshotError: it cannot be written, or not be encrypted as it should be.
        """
        data = self.pack(jpeg)
        try:
            self._make_folder()
            self._put(self.folder / f"{visit_id}{SEALED if self._sealing else PLAIN}", data)
        except OSError as error:
            raise SnapshotError(f"{self.folder} cannot be written ({error.strerror})") from error

    def read(self, visit_id: str) -> bytes | None:
        """A visit's picture as JPEG; None where there is none, or, after a line in the log, none that can be shown."""
        try:
            for suffix in (PLAIN, SEALED):
                with suppress(FileNotFoundError):
                    return self.unpack((self.folder / f"{visit_id}{suffix}").read_bytes())
        except (OSError, SnapshotError) as error:
            _log.warning("the picture of visit %s cannot be shown: %s", visit_id, error)
        return None

    def pack(self, jpeg: bytes) -> bytes:
        """A picture as it may lie on a disk.

        Raises:
            SnapshotError: it cannot be encrypted.
        """
        return self._sealing.close(jpeg) if self._sealing else jpeg

    def unpack(self, data: bytes) -> bytes:
        """A picture that `pack` made, or one that was kept while nothing was encrypted.

        Raises:
            SnapshotError: it cannot be decrypted, or is no whole JPEG.
        """
        if not data.startswith(_JPEG_BEGINS):
            if self._sealing is None:
                raise SnapshotError("it is encrypted, and privacy.snapshot_files is plain")
            data = self._sealing.open(data)
        if not (data.startswith(_JPEG_BEGINS) and data.endswith(_JPEG_ENDS)):
            raise SnapshotError("it is damaged")
        return data

    def trouble(self) -> str | None:
        """Why cards will be without pictures, as a sentence for the start of a program; None where all is well."""
        if self.folder.exists() and not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
            return f"{self.folder} may not be read and written by this account"
        try:
            self.pack(b"")
            closed = [file for file in self._files(SEALED) if not self._opens(file)]
        except SnapshotError as error:
            return str(error)
        if closed:
            return (
                f"{self.folder} holds {len(closed)} that no key in AMIKO_PRIVACY__KEY opens; set the key they were "
                "encrypted with behind the newest one, separated by a comma, or let them go when their time is over"
            )
        return None

    def sweep(self, keep: Collection[str], old: Collection[str]) -> set[str]:
        """Delete the files of the visits `old`, and those that belong to no visit; encrypt what should be and is not.

        Args:
            keep: ids of the visits whose pictures may stay.
            old: ids of those whose pictures may not. What is in neither has no row, and goes once it is an hour old.

        Returns:
            The ids of which a file is there now; one of `old` only where it could not be deleted.

        Raises:
            SnapshotError: the folder cannot be read, and nothing is known of what is there.
        """
        left = set()
        for file in self._files(PLAIN, SEALED, _UNFINISHED):
            try:
                if file.stem not in keep and (file.stem in old or _age_seconds(file) > ORPHANS_SECONDS):
                    file.unlink()
                    continue
                if self._sealing and file.suffix == PLAIN and file.stem in keep:
                    self.write(file.stem, file.read_bytes())
                    file.unlink()
            except (OSError, SnapshotError) as error:
                _log.warning("%s is looked at again in an hour: %s", file, error)
            left.add(file.stem)
        return left

    def _opens(self, file: Path) -> bool:
        try:
            self.unpack(file.read_bytes())
        except (OSError, SnapshotError):
            return False
        return True

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_mode & 0o077:
            self.folder.chmod(0o700)

    def _put(self, path: Path, data: bytes) -> None:
        """Write a file under another name, and give it its own when it is whole. Its mode is 0600 (mkstemp's)."""
        handle, name = tempfile.mkstemp(_UNFINISHED, dir=self.folder)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise

    def _files(self, *suffixes: str) -> Iterator[Path]:
        try:
            yield from [file for file in self.folder.iterdir() if file.suffix in suffixes]
        except FileNotFoundError:
            return
        except OSError as error:
            raise SnapshotError(f"{self.folder} cannot be read ({error.strerror})") from error


def _age_seconds(file: Path) -> float:
    """Since it was written; a file from the future, where the clock was set back, counts as old."""
    age = time.time() - file.stat().st_mtime
    return age if age >= 0 else float("inf")
