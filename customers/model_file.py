"""The file of a trained model of the online shop: skops, which holds no code that loading could run; never pickle.

Such a file is written whole or not at all. It says what it is, which features it expects and which libraries made it,
and whoever loads it says what they expect: anything else is refused in one sentence.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from customers.errors import CustomersError
from customers.lean_skops import skops_io
from db.shop_models import ModelKind

_FORMAT = 1
_LIBRARIES = ("scikit-learn", "numpy")
_LARGEST_BYTES = 2 * 1024**3
_TRUSTED: Mapping[ModelKind, tuple[str, ...]] = {
    "churn": (
        "customers.churn.bounded.Bounded",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
    ),
    "session-gender": (
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.tree._tree.Tree",
    ),
}
"""What a file of each kind may hold beside numbers and what skops itself trusts: scikit-learn's public estimators."""


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        model: the estimator.
        features: names of the columns it expects, in order.
        extra: what else it needs: plain values, arrays and estimators.
    """

    model: Any
    features: tuple[str, ...]
    extra: Mapping[str, Any]


def write(folder: Path, kind: ModelKind, contents: Contents) -> tuple[str, str]:
    """Write a model into a folder, which is made where it is missing.

    Returns:
        The name of the file in the folder, and the SHA-256 of its bytes in hex.

    Raises:
        CustomersError: it cannot be written; nothing is left behind then.
    """
    plain = {
        "format": _FORMAT,
        "kind": kind,
        "features": list(contents.features),
        "versions": _versions(),
        "model": contents.model,
        "extra": dict(contents.extra),
    }
    data = skops_io.dumps(plain, compression=zipfile.ZIP_DEFLATED, compresslevel=1)
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{kind}-{sha256[:16]}.skops"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(folder / name, data)
    except OSError as error:
        raise CustomersError(
            f"the model cannot be written to {folder / name} ({error.strerror}); set customers.models to a folder that "
            "may be written"
        ) from error
    return name, sha256


def read(path: Path, kind: ModelKind, features: Sequence[str], sha256: str) -> Contents:
    """Load a model.

    Args:
        path: of the file.
        kind: what it must answer.
        features: the columns it must expect.
        sha256: of its bytes when it was written, in hex.

    Raises:
        CustomersError: the file is missing, another one, damaged, or does not fit this software; the message says so.
    """
    data = _bytes(path)
    again = f"amiko customers train {kind} makes a new one"
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CustomersError(f"{path} is not the file that was written when the model was trained (SHA-256); {again}")
    found = _content(data, path, kind)
    if found.get("format") != _FORMAT:
        raise CustomersError(f"{path} has format {found.get('format')}, this software reads {_FORMAT}; {again}")
    if found.get("kind") != kind:
        raise CustomersError(f"{path} holds a model of the kind {found.get('kind')}, not {kind}; {again}")
    if list(found["features"]) != list(features):
        raise CustomersError(
            f"{path} expects other features than this software has: {_difference(found, features)}; {again}"
        )
    for library, then in found["versions"].items():
        if _series(then) != _series(now := version(library)):
            raise CustomersError(f"{path} was made with {library} {then}, here is {now}; {again}")
    return Contents(found["model"], tuple(found["features"]), found["extra"])


def _write_whole(path: Path, data: bytes) -> None:
    """The file appears under its name only once all of it is on the disk."""
    handle, draft = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise CustomersError(f"{path} is larger than any model (2 GiB), so it is none")
        return path.read_bytes()
    except OSError as error:
        raise CustomersError(f"the model {path} cannot be read ({error.strerror}); train it anew") from error


def _content(data: bytes, path: Path, kind: ModelKind) -> Mapping[str, Any]:
    """What skops finds in the bytes, if it is a model's file and holds only what is trusted."""
    try:
        foreign = sorted(set(skops_io.get_untrusted_types(data=data)) - set(_TRUSTED[kind]))
        if foreign:
            raise CustomersError(
                f"{path} holds what no model of the kind {kind} needs ({foreign[0]}); it is not loaded"
            )
        found = skops_io.loads(data, trusted=list(_TRUSTED[kind]))
    except CustomersError:
        raise
    except Exception as error:  # skops names no errors of its own for what is broken: zip's, JSON's, keys'
        raise CustomersError(f"{path} is no file of a model, or a damaged one ({type(error).__name__})") from error
    if not isinstance(found, Mapping) or not {"format", "kind", "features", "versions", "model", "extra"} <= set(found):
        raise CustomersError(f"{path} is a skops file, and not of Amiko's")
    return found


def _versions() -> dict[str, str]:
    return {library: version(library) for library in _LIBRARIES}


def _series(release: str) -> tuple[str, ...]:
    """1.9 of 1.9.1: within it, scikit-learn keeps estimators loadable."""
    return tuple(release.split(".")[:2])


def _difference(found: Mapping[str, Any], features: Sequence[str]) -> str:
    unknown = [name for name in found["features"] if name not in features]
    missing = [name for name in features if name not in found["features"]]
    parts = ([f"{unknown[0]} is unknown here"] if unknown else []) + ([f"{missing[0]} is new"] if missing else [])
    return ", ".join(parts) or "their order differs"
