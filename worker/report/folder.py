"""The folder that reports are written to: a page is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from amiko.config import Config
from worker.errors import SourceError
from worker.report.evidence import Evidence
from worker.report.page import Clip, Entry, clip_page, index_page

INDEX = "index.html"

LONGEST_NAME = 180
"""Bytes of a clip's name that its page keeps, so that every file system takes it."""


class ReportFolder:
    """Writes one page a clip, and an index where there are several.

    Raises:
        SourceError: the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries: list[Entry] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except FileExistsError:
            raise SourceError(f"--report {folder}: this is a file; name a folder") from None
        except OSError as error:
            raise self._refused(error) from None

    def add(self, clip: Clip, evidence: Evidence) -> Path:
        """Write a clip's page and return where it is; an earlier report of a clip of that name is replaced.

        Raises:
            SourceError: it cannot be written, for instance as the disk is full; nothing half-written is left.
        """
        page = self._page_name(clip.name)
        self._write(page, clip_page(clip, evidence))
        self._entries.append(Entry(clip.name, page, clip.seconds, len(evidence.decisions)))
        return self._folder / page

    def finish(self, config: Config) -> None:
        """Write the index, where several clips were added. Raises SourceError as `add` does."""
        if len(self._entries) > 1:
            self._write(INDEX, index_page(self._entries, config))

    def _page_name(self, clip: str) -> str:
        stem = os.fsencode(clip)[:LONGEST_NAME].decode("utf-8", "ignore")
        taken = {INDEX, *(entry.page for entry in self._entries)}
        names = (f"{stem}{suffix}.html" for suffix in ("", *(f"-{number}" for number in range(2, len(taken) + 2))))
        return next(name for name in names if name not in taken)

    def _write(self, name: str, text: str) -> None:
        part = self._folder / f".{os.getpid()}.part"
        try:
            with part.open("wb") as file:
                # A file name that is no UTF-8 has characters that cannot be encoded.
                file.write(text.encode("utf-8", "replace"))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / name)
        except OSError as error:
            raise self._refused(error) from None
        finally:
            part.unlink(missing_ok=True)

    def _refused(self, error: OSError) -> SourceError:
        return SourceError(
            f"--report {self._folder}: cannot be written: {error.strerror}; name a folder that can, on a disk with room"
        )
