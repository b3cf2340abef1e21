"""The recordings of an archive: which camera each is of, and when it began."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.errors import SourceError
from worker.video_file import SUFFIXES

_BEGAN = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_T ./]{0,3}(\d\d)[-_.:h]?(\d\d)(?:[-_.:m]?(\d\d))?(?!\d)", re.IGNORECASE
)
"""Year to minute, perhaps second, as recorders name files, or folders of a day and files in them."""


@dataclass(frozen=True)
class Recording:
    """One video file of an archive.

    Attributes:
        path: where it is, absolute.
        name: its way from the archive's folder, with /; what lines and sentences call it.
        camera: the name of its camera.
        size: bytes.
        modified: when the file was written last.
    """

    path: Path
    name: str
    camera: str
    size: int
    modified: datetime

    def began(self, zone: ZoneInfo, seconds: float) -> datetime:
        """When it began (UTC): as its name says by a clock in `zone`, else so many `seconds` before it was written."""
        if (named := _BEGAN.search(self.name.rpartition(".")[0])) is not None:
            try:
                return datetime(*(int(part or 0) for part in named.groups()), tzinfo=zone).astimezone(UTC)  # type: ignore[misc,arg-type]
            except ValueError:  # digits that are no date
                pass
        return self.modified - timedelta(seconds=seconds)


def recordings(folder: Path) -> list[Recording]:
    """The video files in a folder and in the folders in it, in the order of their names.

    A file in a sub-folder is of the camera that the first sub-folder on its way is called; one in the folder itself, of
    the camera that the folder is called. What begins with a dot is passed over.

    Raises:
        SourceError: the folder or one in it cannot be read, or there is no video file.
    """
    top = folder.resolve()
    found, seen = [], set()
    for within, folders, files in os.walk(top, onerror=_unreadable, followlinks=True):
        real = Path(within).resolve()
        if real in seen:  # a link, perhaps one back to where it is
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            file = Path(within) / name
            if file.suffix.lower() in SUFFIXES and not name.startswith(".") and file.exists():
                found.append(_recording(top, file))
    if not found:
        raise SourceError(f"the folder {folder} holds no video file; put .mp4 or other videos there")
    return sorted(found, key=lambda recording: Path(recording.name).parts)


def recording(file: Path, camera: str) -> Recording:
    """A file that was named by itself.

    Raises:
        SourceError: there is no such file.
    """
    try:
        facts = file.stat()
    except OSError:
        raise SourceError(f"{file}: no such file; check the name") from None
    return Recording(file.resolve(), str(file), camera, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


def _recording(top: Path, file: Path) -> Recording:
    way = file.relative_to(top)
    facts = file.stat()
    camera = way.parts[0] if len(way.parts) > 1 else top.name or "camera"
    return Recording(file, way.as_posix(), camera, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))


def _unreadable(error: OSError) -> None:
    raise SourceError(f"the folder {error.filename} cannot be read ({error.strerror}); check its permissions")
