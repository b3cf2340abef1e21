"""The file of a backup: a tar with the database, the models and perhaps the pictures, whole or not there.

Its last member says what it is and holds the SHA-256 of each of the others, so that one that was cut short or changed
is noticed. Any program for tar files opens it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal

from db.errors import DatabaseError

DATABASE, MODELS, PICTURES = "database", "models", "pictures"
"""Members: the database itself, and what the names of models and pictures begin with."""

_ABOUT = "about.json"
_FORMAT = 1
_CHUNK = 1 << 20


@dataclass(frozen=True)
class About:
    """What a backup is.

    Attributes:
        kind: of the database it was made of.
        schema: revision of that database's schema.
        version: of the software that made it.
        made_at: when, in ISO 8601.
        sha256: of each member, by its name.
    """

    kind: Literal["sqlite", "postgresql"]
    schema: str
    version: str
    made_at: str
    sha256: Mapping[str, str] = field(default_factory=dict)

    def number(self, what: str) -> int:
        """How many models or pictures there are."""
        return sum(name.startswith(f"{what}/") for name in self.sha256)


def write(file: Path, about: About, members: Iterable[tuple[str, Path]]) -> About:
    """Write a backup that only its owner may read; it is on the disk when this returns.

    Args:
        file: replaced by the new one once that is whole.
        about: without the checksums.
        members: name and file of each; one that is gone meanwhile is left out.

    Raises:
        DatabaseError: it cannot be written.
    """
    sha256: dict[str, str] = {}
    try:
        handle, name = tempfile.mkstemp(".part", dir=file.parent)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                with tarfile.open(fileobj=stream, mode="w") as tar:
                    for member, path in members:
                        with suppress(FileNotFoundError), path.open("rb") as source:
                            hashed = _Hashed(source)
                            tar.addfile(_info(member, os.fstat(source.fileno()).st_size), hashed)
                            sha256[member] = hashed.digest.hexdigest()
                    finished = About(**(asdict(about) | {"sha256": sha256}))
                    told = json.dumps(asdict(finished) | {"format": _FORMAT}, indent=1).encode()
                    tar.addfile(_info(_ABOUT, len(told)), BytesIO(told))
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(file)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
    except OSError as error:
        raise DatabaseError(f"the backup {file} cannot be written ({error.strerror or error})") from error
    return finished


def read(file: Path) -> About:
    """What a backup is, once every byte of it has been checked.

    Raises:
        DatabaseError: it cannot be read, is none, or is damaged.
    """
    with _opened(file) as tar:
        found = {member.name: _sha256(tar, member) for member in tar if member.isfile()}
        if _ABOUT not in found:
            raise DatabaseError(f"{file} is no backup of Amiko, or was cut short: it has no {_ABOUT}")
        source = tar.extractfile(_ABOUT)
        assert source is not None  # a file, as was found
        told: dict[str, Any] = json.load(source)
        if told.pop("format") != _FORMAT:
            raise DatabaseError(f"{file} was made by a newer version of Amiko; update this one")
        about = About(**told)
        if bad := [name for name, sha256 in about.sha256.items() if found.get(name) != sha256]:
            raise DatabaseError(f"{file} is damaged: {bad[0]} is not what was saved; take another backup")
    return about


def extract(file: Path, members: Iterable[str], folder: Path) -> None:
    """Write some members of a checked backup into a folder, without the folders in their names.

    Raises:
        DatabaseError: they cannot be read or written.
    """
    with _opened(file) as tar:
        for name in members:
            source = tar.extractfile(name)
            assert source is not None
            try:
                with (folder / PurePosixPath(name).name).open("xb") as target:
                    while chunk := source.read(_CHUNK):
                        target.write(chunk)
                    os.fsync(target.fileno())
            except OSError as error:
                raise DatabaseError(
                    f"{file} cannot be unpacked into {folder.parent} ({error.strerror or error}); make room there, or, "
                    "for PostgreSQL, set TMPDIR to a folder that has it"
                ) from error


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    """A tar file for reading; what it or the disk says against it becomes a sentence."""
    try:
        with tarfile.open(file, "r:") as tar:
            yield tar
    except FileNotFoundError as error:
        raise DatabaseError(f"there is no file {error.filename or file}") from error
    except OSError as error:
        raise DatabaseError(f"{file} cannot be unpacked ({error.strerror or error})") from error
    except (tarfile.TarError, ValueError, TypeError, KeyError) as error:
        raise DatabaseError(f"{file} is no backup of Amiko, or is damaged ({error})") from error


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _sha256(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    source = tar.extractfile(member)
    assert source is not None
    return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info
